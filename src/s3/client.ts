import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import { HoldfastError, messageOf } from '../core/errors.ts';
import { hasMd5 } from './md5.ts';
import { saveMemory } from './memory-saver.ts';
import type { Sdk, ServiceSettings } from './settings.ts';
import { prepareWire } from './wire.ts';

export interface ClientOptions {
  readonly sdk: Sdk;
  readonly settings: ServiceSettings;
  readonly profile: string | undefined;
  /** The region of the next request. */
  readonly region: () => string;
  /** How long a connection may stand still, in milliseconds. */
  readonly idleTimeout: number;
  /** Shares connections and credentials with another client. */
  readonly sibling?: S3Client;
}

/** How long a connection may take to be made, in milliseconds. */
const CONNECT_LIMIT = 10_000;

/** The SDK would write to the terminal. */
const SILENT = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/**
 * Makes the SDK's client. It tries nothing again by itself, and sends the checksums of the S3 API's first days only, which
 * every service knows, unless the user sets AWS_REQUEST_CHECKSUM_CALCULATION or AWS_RESPONSE_CHECKSUM_VALIDATION.
 */
export function makeClient(options: ClientOptions): S3Client {
  const { sdk, settings, profile, region, idleTimeout, sibling } = options;
  const { endpoint, pathStyle } = settings;
  saveMemory();
  const client = new sdk.S3Client({
    ...(endpoint === null ? {} : { endpoint }),
    // It was looked up with the profile, as the SDK does not.
    ignoreConfiguredEndpointUrls: true,
    region: async () => region(),
    ...(profile === undefined ? {} : { profile }),
    ...(sibling === undefined ? {} : { credentials: sibling.config.credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: 1,
    // It costs a connection for every large request.
    expectContinueHeader: false,
    ...(process.env['AWS_REQUEST_CHECKSUM_CALCULATION']
      ? {}
      : { requestChecksumCalculation: hasMd5() ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED' }),
    ...(process.env['AWS_RESPONSE_CHECKSUM_VALIDATION']
      ? {}
      : { responseChecksumValidation: 'WHEN_REQUIRED' }),
    logger: SILENT,
    requestHandler: {
      // Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as for AWS's own tools.
      // How many requests there are at a time is up to those who make them.
      httpAgent: new HttpAgent({ keepAlive: true, proxyEnv: process.env }),
      httpsAgent: new HttpsAgent({ keepAlive: true, proxyEnv: process.env, ...authorities() }),
      connectionTimeout: CONNECT_LIMIT,
      socketTimeout: idleTimeout,
      logger: SILENT,
    },
  });
  prepareWire(client);
  return client;
}

/** Source: AWS_CA_BUNDLE of the AWS SDKs and Tools Reference Guide; Node itself reads NODE_EXTRA_CA_CERTS. */
function authorities(): { ca?: Buffer } {
  const file = process.env['AWS_CA_BUNDLE'];
  if (!file) return {};
  try {
    return { ca: readFileSync(file) };
  } catch (error) {
    throw new HoldfastError('usage', `AWS_CA_BUNDLE cannot be read: ${messageOf(error)}`, {
      hint: 'Let it name a file with certificates in PEM format, or unset it.',
      cause: error,
    });
  }
}
