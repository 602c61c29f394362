import { HoldfastError } from '../core/errors.ts';
import { choice } from '../core/parameter-values.ts';
import { UrlReader } from '../core/url-reader.ts';

/** A place at an S3 service, and how that is reached. What is left out comes from the environment and the profile. */
export interface S3Location {
  readonly bucket: string;
  /** A key or a prefix of keys, as the service has it; may be empty. */
  readonly key: string;
  /** The service's URL, without path. */
  readonly endpoint?: string;
  readonly region?: string;
  /** A profile of the AWS configuration files. */
  readonly profile?: string;
  /** Whether the bucket's name stands in the path of requests (true) or in their host name. */
  readonly pathStyle?: boolean;
}

const SCHEME = /^s3:\/\//i;

/** Also with a slash too few: nobody means a file or folder of that name. */
const SCHEME_OR_SLIP = /^s3:/i;

/** What the services let a bucket be called, the older ones too. Where somebody has written keys before it, they do not match. */
const BUCKET = /^[A-Za-z0-9][\w.-]{0,254}$/;

const ADVICE =
  'Access keys do not belong there, but into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile; ' +
  'characters such as @ ? # % in a key must be percent-encoded.';

/** What S3 takes for a key, in bytes. */
const KEY_LIMIT = 1024;

export function isS3Location(location: string): boolean {
  return SCHEME_OR_SLIP.test(location);
}

/**
 * Takes `s3://bucket[/key][?endpoint=…&region=…&profile=…&path-style=true]` apart; each part percent-encoded. Characters
 * that need no encoding in between, such as blanks, may stand there as they are.
 * @throws HoldfastError `usage`
 */
export function parseS3Location(location: string): S3Location {
  const reader = new UrlReader(location, 'S3', 's3://bucket/prefix?endpoint=https://s3.example.com', ADVICE);
  if (!SCHEME.test(location))
    throw reader.bad('it does not begin with s3:// (for a file or folder of that name write ./ before it)');
  const { place, path, query } = reader.split(location.replace(SCHEME, ''));
  const bucket = reader.decode(place);
  if (bucket === '') throw reader.bad('it names no bucket');
  if (!BUCKET.test(bucket)) throw reader.bad('no bucket can have such a name');
  const key = reader.decode(path);
  if (Buffer.byteLength(key) > KEY_LIMIT) throw reader.bad(`its key has more than ${KEY_LIMIT} bytes`);
  const given = new Map(reader.parameters(query));
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value === '' ? undefined : value;
  };
  const endpoint = take('endpoint');
  if (endpoint !== undefined) checkEndpoint(endpoint, 'the location');
  const region = take('region');
  const profile = take('profile');
  const pathStyle = choice('path-style', take('path-style'), ['true', 'false']);
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    throw new HoldfastError('usage', `${unknown} is no parameter of an S3 location.`, {
      hint: 'There are endpoint, region, profile and path-style.',
    });
  }
  return {
    bucket,
    key,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(pathStyle === undefined ? {} : { pathStyle: pathStyle === 'true' }),
  };
}

/** The location as a user would write it; holds no secrets. */
export function formatS3Location({ bucket, key, endpoint, region, profile, pathStyle }: S3Location): string {
  const parameters = Object.entries({ endpoint, region, profile, 'path-style': pathStyle })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURI(String(value)).replaceAll('&', '%26')}`);
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `s3://${bucket}/${encodeKey(key)}${query}`;
}

/** A key as it stands in a URL. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/');
}

/**
 * Refuses what is not the URL of a service; a path is taken, for some have one.
 * @param origin where it stands, for the message; it may hold secrets itself, and is told only where it cannot
 * @throws HoldfastError `usage`
 */
export function checkEndpoint(endpoint: string, origin: string): void {
  const url = URL.parse(endpoint);
  const isPlain =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '';
  if (isPlain) return;
  const lacksScheme = /^[\w.-]+(:\d+)?$/.test(endpoint);
  const why = lacksScheme ? `${endpoint} lacks http:// or https://` : 'it is not a URL of a service';
  throw new HoldfastError('usage', `The S3 endpoint of ${origin} cannot be used: ${why}.`, {
    hint:
      'It looks like https://s3.example.com:9000, without the bucket; keys belong into AWS_ACCESS_KEY_ID and ' +
      'AWS_SECRET_ACCESS_KEY or a profile.',
  });
}
