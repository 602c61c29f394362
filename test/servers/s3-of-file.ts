import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Found, required } from '../support/tools.ts';
import { findS3, type S3Server, startS3 } from './s3.ts';

/** An S3 server for all tests of a file, and a proxy in front of it that can fail and begins each test without faults. */
export interface S3OfFile {
  readonly server: S3Server;
  readonly proxy: FaultProxy;
}

/** Starts one; to be called at the top of a file. Where none can be had, the tests are skipped, with the reason. */
export function s3OfFile(): S3OfFile {
  let found: Found<unknown> = { reason: 'it was not looked for' };
  let started: S3OfFile | undefined;
  beforeAll(async () => {
    found = await findS3();
    if (found.reason !== undefined) return;
    const server = await startS3();
    started = { server, proxy: await startFaultProxy(server.endpoint) };
  }, 300_000);
  beforeEach((context) => {
    required(context, found);
    started?.proxy.reset();
  });
  afterAll(async () => {
    started?.proxy.close();
    await started?.server.stop();
  });
  return {
    get server() {
      return started!.server;
    },
    get proxy() {
      return started!.proxy;
    },
  };
}
