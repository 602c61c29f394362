import { HoldfastError } from '../core/errors.ts';
import { checkEndpoint, type S3Location } from './location.ts';
import type * as sdkModule from './sdk.ts';

/** What is used of the SDK, once it is loaded. */
export type Sdk = typeof sdkModule;

/** Where requests go and how they are made, from the location, the environment and the profile. */
export interface ServiceSettings {
  /** Null for AWS itself. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly pathStyle: boolean;
}

/** What services other than AWS take where they have no regions. */
const ANY_REGION = 'us-east-1';

type Profile = Readonly<Record<string, string | undefined>>;
type Selector = (
  profile: Profile,
  files: Readonly<Record<string, Profile>> | undefined,
) => string | undefined;

/**
 * What a location leaves open comes from the profile that it names, from the environment, and from the profile that the
 * environment names, in this order.
 * @throws HoldfastError `usage` when there is no such profile, or AWS is meant and no region is known
 */
export async function resolveSettings(sdk: Sdk, location: S3Location): Promise<ServiceSettings> {
  const { profile } = location;
  if (profile !== undefined) await demandProfile(sdk, profile);
  const endpoint =
    location.endpoint ?? (await setting(sdk, profile, endpointOfEnvironment, endpointOfProfile)) ?? null;
  if (endpoint !== null) checkEndpoint(endpoint, 'the environment or profile');
  const region =
    location.region ??
    (await setting(sdk, profile, regionOfEnvironment, ({ region: value }) => value || undefined));
  if (region === undefined && endpoint === null) {
    throw new HoldfastError('usage', `No region is known for the bucket ${location.bucket}.`, {
      hint:
        'Set AWS_REGION, add region=… to the location, or name a profile that has one. ' +
        'For a service other than AWS add endpoint=https://… or set AWS_ENDPOINT_URL_S3.',
    });
  }
  return { endpoint, region: region ?? ANY_REGION, pathStyle: location.pathStyle ?? endpoint !== null };
}

/** A setting, first from the profile when the location names one. */
async function setting(
  sdk: Sdk,
  profile: string | undefined,
  ofEnvironment: (env: NodeJS.ProcessEnv) => string | undefined,
  ofProfile: Selector,
): Promise<string | undefined> {
  const load = (fromEnvironment: typeof ofEnvironment, fromProfile: Selector) =>
    sdk.loadConfig<string | undefined>(
      {
        environmentVariableSelector: fromEnvironment,
        configFileSelector: (chosen, files) => fromProfile(chosen, files),
        default: undefined,
      },
      profile === undefined ? {} : { profile },
    )();
  const named = profile === undefined ? undefined : await load(() => undefined, ofProfile);
  return named ?? load(ofEnvironment, ofProfile);
}

/** Source: "Service-specific endpoints" of the AWS SDKs and Tools Reference Guide. */
function endpointOfEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  if (isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])) return undefined;
  return env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;
}

const endpointOfProfile: Selector = (profile, files) => {
  if (
    isTrue(profile['ignore_configured_endpoint_urls']) ||
    isTrue(process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])
  ) {
    return undefined;
  }
  const services = profile['services'] === undefined ? undefined : files?.[`services.${profile['services']}`];
  return services?.['s3.endpoint_url'] || profile['endpoint_url'] || undefined;
};

/** The SDK for JavaScript knows only the first, others and the command line of AWS the second too. */
function regionOfEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  return env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

async function demandProfile(sdk: Sdk, profile: string): Promise<void> {
  const { configFile, credentialsFile } = await sdk.loadSharedConfigFiles();
  if (profile in configFile || profile in credentialsFile) return;
  throw new HoldfastError('usage', `There is no profile ${profile} in the AWS configuration files.`, {
    hint: `They are ~/.aws/config and ~/.aws/credentials unless AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others; \`aws configure --profile ${profile}\` makes one.`,
  });
}
