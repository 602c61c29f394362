import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bucket, openBucket } from '../../../src/s3/bucket.ts';
import { type InventoryLine, InventoryWriter, readInventory } from '../../../src/storage/s3/inventory.ts';
import { parsePlace, settlePlace } from '../../../src/storage/s3/place.ts';
import { findS3, type S3Server, startS3 } from '../../servers/s3.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { required } from '../../support/tools.ts';

/** Lines that come to more than a part of an upload. */
const LINES = 100_000;

const lineOf = (number: number): InventoryLine => ({
  path: `uploads/ü${number}`,
  number,
  etag: `"${String(number).padStart(32, '0')}"`,
  size: 4096,
});

describe('the inventory of a restore', () => {
  let started: S3Server | undefined;
  let bucket: Bucket;
  beforeAll(async () => {
    if ('value' in (await findS3())) started = await startS3();
  }, 120_000);
  beforeEach(async (context) => {
    const server = required(context, started === undefined ? await findS3() : { value: started }) as S3Server;
    const { signal } = new AbortController();
    const place = await settlePlace(parsePlace(server.url(await server.newBucket())));
    bucket = await openBucket(place, { signal, reporter: recordingReporter() });
  });
  afterAll(() => started?.stop());

  it('is read as it was written, also in several parts', async () => {
    const writer = new InventoryWriter(bucket, 'inventory');
    for (let number = 0; number < LINES; number++) await writer.add(lineOf(number));
    await writer.complete();
    expect((await bucket.head('inventory'))?.size).toBeGreaterThan(9_000_000);
    let number = 0;
    for await (const line of readInventory(bucket, 'inventory')) {
      if (JSON.stringify(line) !== JSON.stringify(lineOf(number))) expect(line).toEqual(lineOf(number));
      number++;
    }
    expect(number).toBe(LINES);
  });

  it('holds no more than its lines while it is written', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const writer = new InventoryWriter(bucket, 'inventory');
    collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let number = 0; number < 10_000; number++) {
      // As the contents that are restored meanwhile.
      Buffer.allocUnsafe(4096);
      await writer.add(lineOf(number));
    }
    // What was collected is let go a little later, on another thread.
    await expect
      .poll(() => {
        collect();
        return process.memoryUsage().arrayBuffers - before;
      })
      .toBeLessThan(10_000_000);
    await writer.complete();
  });
});
