import { afterAll, beforeAll, describe } from 'vitest';
import { s3Storage } from '../../src/storage/s3/s3.ts';
import { findS3, startS3, type S3Server } from '../servers/s3.ts';
import { keysBelow } from '../storage/s3/prefix.ts';
import { describeStorage } from './storage.ts';

const found = await findS3();
if (found.reason !== undefined) console.warn(`skipped an S3 prefix: ${found.reason}`);

describe.skipIf(found.reason !== undefined)('with an S3 service', () => {
  let server: S3Server;
  let bucket = '';
  let locations = 0;
  beforeAll(async () => {
    server = await startS3();
    bucket = await server.newBucket();
  });
  afterAll(() => server.stop());

  describeStorage('an S3 prefix', {
    storage: s3Storage,
    newLocation: async () => server.url(bucket, `place-${++locations}/uploads`),
    async leftBeside(location) {
      const prefix = new URL(location).pathname.slice(1);
      const folder = prefix.replace(/uploads$/, '');
      const keys = await keysBelow(server, bucket, folder);
      return keys.filter((key) => !key.startsWith(`${prefix}/`) || key.startsWith(`${prefix}/.holdfast-`));
    },
    types: ['file'],
  });
});
