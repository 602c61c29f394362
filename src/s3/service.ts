import type { S3Client } from '@aws-sdk/client-s3';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Call, Told } from './call.ts';
import { type ClientOptions, makeClient } from './client.ts';
import { explain, existing, type Operation } from './explain.ts';
import { type Failure, failureOf } from './failure.ts';
import { formatS3Location, type S3Location } from './location.ts';
import { mostPartsAt } from './part-limits.ts';
import { patienceFor } from './patience.ts';
import { mayRetry, pause, unlessAborted } from './retry.ts';
import type { Sdk, ServiceSettings } from './settings.ts';
import type { BucketOptions } from './types.ts';

/** How long a connection may stand still, in milliseconds. */
const IDLE_LIMIT = 30_000;

/** How often that long for what the service works on before it answers, such as a copy. */
const SLOW_FACTOR = 20;

/** How long something must not have worked for the user to be told, and to be told again, in milliseconds. */
const TROUBLE_LIMIT = 5000;
const TROUBLE_PAUSE = 60_000;

/** How long what was left behind may take to be removed, in milliseconds. */
const CLEANUP_LIMIT = 60_000;

export interface ServiceOptions extends BucketOptions {
  readonly sdk: Sdk;
  readonly settings: ServiceSettings;
}

/** Makes requests for one bucket: again when they fail in passing, and with errors that tell the mend. */
export class Service {
  readonly location: S3Location;
  readonly sdk: Sdk;
  readonly signal: AbortSignal;
  /** How long a connection may stand still, in milliseconds. */
  readonly idleTimeout: number;
  readonly #options: ServiceOptions;
  readonly #client: S3Client;
  readonly #slowClient: S3Client;
  /** What the service showed that it cannot: user metadata as it is, tags, several objects removed at once, conditions of writes. */
  takesUtf8 = true;
  takesTags = true;
  takesLists = true;
  knowsConditions = true;
  #region: string;
  #credentials: Promise<unknown> | undefined;
  /** Once the service has answered anything, a refused connection is a moment's trouble. */
  #hasAnswered = false;
  /** Whether a request showed that the bucket is there. */
  #isKnown = false;
  /** When the user was told of trouble. */
  #toldAt = -Infinity;

  constructor(location: S3Location, options: ServiceOptions) {
    this.location = location;
    this.#options = options;
    this.sdk = options.sdk;
    this.signal = options.signal;
    this.idleTimeout = options.idleTimeout ?? IDLE_LIMIT;
    this.#region = options.settings.region;
    const common: ClientOptions = {
      sdk: options.sdk,
      settings: options.settings,
      profile: location.profile,
      region: () => this.#region,
      idleTimeout: this.idleTimeout,
    };
    this.#client = makeClient(common);
    this.#slowClient = makeClient({
      ...common,
      idleTimeout: this.idleTimeout * SLOW_FACTOR,
      sibling: this.#client,
    });
  }

  get bucket(): string {
    return this.location.bucket;
  }

  /** Whether it is AWS itself or hands out metadata as that does: encoded when it is not ASCII. */
  get encodesMetadata(): boolean {
    const { endpoint } = this.#options.settings;
    return (
      endpoint === null ||
      /(^|\.)(amazonaws\.com(\.cn)?|r2\.cloudflarestorage\.com)$/i.test(new URL(endpoint).hostname)
    );
  }

  get mostParts(): number {
    return mostPartsAt(this.#options.settings.endpoint);
  }

  urlOf(key: string): string {
    return formatS3Location({ ...this.location, key });
  }

  detail(message: string): void {
    this.#options.reporter?.detail(message);
  }

  warning(message: string): void {
    this.#options.reporter?.warning(message);
  }

  /**
   * Tells of what did not work and is tried again: as a warning when it has lasted, but one a minute.
   * @param lasting in milliseconds
   */
  tellTrouble(message: string, lasting: number): void {
    const now = performance.now();
    if (lasting < TROUBLE_LIMIT || now - this.#toldAt < TROUBLE_PAUSE) return this.detail(message);
    this.#toldAt = now;
    this.warning(message);
  }

  /** Makes a request, and again while it fails in passing. */
  async send<Result>(call: Call<Result>): Promise<Result> {
    const signal = this.#signalFor(call);
    const client = call.isSlow === true ? this.#slowClient : this.#client;
    await unlessAborted(this.#demandCredentials(call), signal);
    const begun = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const region = this.#region;
      try {
        const result = await unlessAborted(call.request(client, { abortSignal: signal }, attempt), signal);
        this.#hasAnswered = true;
        this.#isKnown = true;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof HoldfastError) throw error;
        const failure = failureOf(error);
        const patience = patienceFor(failure, this.#hasAnswered);
        if (failure.status !== undefined) this.#hasAnswered = true;
        const follows = this.#follow(failure, region);
        if (!mayRetry(follows ? 'long' : patience, attempt)) {
          const settled = await call.settle?.(failure, attempt > 1);
          if (settled !== undefined) return settled;
          throw explain(failure, this.#operation(call));
        }
        const { verb, object } = this.#operation(call);
        this.tellTrouble(
          `trying again to ${verb} ${object} (attempt ${attempt} failed: ${printable(`${failure.systemCode ?? failure.code} ${failure.message}`.trim())})`,
          performance.now() - begun,
        );
        if (!follows) await pause(attempt, failure.retryAfter, signal);
      }
    }
  }

  /**
   * Whether the bucket is there, as far as that can be told: a HEAD of an object does not say whether the bucket or the object
   * is missing. Asks once.
   */
  async demandBucket(signal?: AbortSignal): Promise<void> {
    if (this.#isKnown) return;
    await this.send<unknown>({
      verb: 'find',
      permission: 's3:ListBucket',
      signal,
      request: (client, options) =>
        client.send(new this.sdk.HeadBucketCommand({ Bucket: this.bucket }), options),
      // Who may not ask goes on: there is a bucket, or the next request says so.
      settle: async (failure) => {
        if (failure.code !== 'NotFound') return failure.status === undefined ? undefined : {};
        throw explain(
          { ...failure, code: 'NoSuchBucket', isForeign: false },
          this.#operation({ verb: 'find', permission: '' }),
        );
      },
    });
    this.#isKnown = true;
  }

  existing(key: string): Error {
    return existing(this.urlOf(key));
  }

  explain(call: Told, failure: Failure): Error {
    return explain(failure, this.#operation(call));
  }

  /** What the body of an answer to a write must have. Without it the answer was cut or stands for a failure. */
  demandEtag(etag: string | undefined): string {
    if (etag !== undefined && etag !== '') return etag;
    throw Object.assign(new Error('the answer has no ETag'), {
      name: 'InternalError',
      $metadata: { httpStatusCode: 503 },
    });
  }

  close(): void {
    this.#client.destroy();
    this.#slowClient.destroy();
  }

  #signalFor({ signal, isCleanup }: Call<unknown>): AbortSignal {
    if (isCleanup === true) return AbortSignal.timeout(CLEANUP_LIMIT);
    return signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
  }

  /** Gets the credentials by themselves first, so that what fails there is not told of the service. */
  async #demandCredentials(call: Told): Promise<void> {
    try {
      await (this.#credentials ??= this.#client.config.credentials());
    } catch (error) {
      const failure = {
        ...failureOf(error),
        code: 'CredentialsProviderError',
        status: undefined,
        systemCode: undefined,
      };
      const chosen = this.location.profile ?? process.env['AWS_PROFILE'];
      if (chosen) failure.message += `; the profile ${chosen} is chosen`;
      throw explain({ ...failure, isForeign: false }, this.#operation(call));
    }
  }

  /** Takes the region that the service says the bucket is in. True when it is not the one `asked`. */
  #follow({ status, region }: Failure, asked: string): boolean {
    // A HEAD of a bucket elsewhere is answered with 400 and no more than a header.
    const isMisdirected = status !== undefined && [301, 307, 400].includes(status);
    if (!isMisdirected || region === undefined || region === asked) return false;
    if (region !== this.#region)
      this.detail(`the bucket ${this.bucket} is in the region ${region}, not ${asked}`);
    this.#region = region;
    return true;
  }

  #operation({ verb, key, object, permission }: Told): Operation {
    const { endpoint } = this.#options.settings;
    return {
      verb,
      object: printable(object ?? this.urlOf(key ?? '')),
      permission,
      bucket: this.bucket,
      service: endpoint ?? `AWS in ${this.#region}`,
    };
  }
}
