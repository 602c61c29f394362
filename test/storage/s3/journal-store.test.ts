import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryJournalName } from '../../../src/core/journal-names.ts';
import { ownerTag } from '../../../src/core/owner-tag.ts';
import { parseS3Location } from '../../../src/s3/location.ts';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import type { JournalStore } from '../../../src/core/journal-store.ts';
import { describeJournalStore } from '../../contract/journal-store.ts';
import { findS3, type S3Server, startS3 } from '../../servers/s3.ts';
import { required } from '../../support/tools.ts';

const TOKEN = '0123456789ab';
const { signal } = new AbortController();

describe('in S3', () => {
  let started: S3Server | undefined;
  let server: S3Server;
  beforeAll(async () => {
    if ('value' in (await findS3())) started = await startS3();
  }, 120_000);
  beforeEach(async (context) => {
    server = required(context, started === undefined ? await findS3() : { value: started }) as S3Server;
  });
  afterAll(() => started?.stop());

  const storeAt = async (location: string): Promise<JournalStore> => {
    const [store] = await s3Storage.journalStores(location, { signal });
    return store!;
  };
  const newStore = async (): Promise<JournalStore> =>
    storeAt(server.url(await server.newBucket(), 'up loads/ü'));

  const plant = async (store: JournalStore, name: string, bytes: Buffer): Promise<void> => {
    const { bucket, key } = parseS3Location(store.address);
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key + name, Body: bytes }));
  };
  const names = async (store: JournalStore): Promise<string[]> => {
    const { bucket, key } = parseS3Location(store.address);
    const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key.replace(key, ''));
  };

  describeJournalStore('a prefix', {
    newStore,
    reopen: ({ address }) => s3Storage.openJournalStore(address, { signal }),
    plant: (store, token, bytes) => plant(store, `.holdfast-journal-${token}.json`, bytes),
    names,
  });

  it('a journal lies at the root of its prefix, and is found there by other spellings', async () => {
    const bucket = await server.newBucket();
    const store = await storeAt(server.url(bucket, 'p/q'));
    await store.write(TOKEN, 'text');
    const key = `p/q/.holdfast-journal-${TOKEN}.json`;
    const { Body, ContentType } = await server.client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
    );
    expect([await Body?.transformToString(), ContentType]).toEqual(['text', 'application/json']);
    expect(store.addressOf(TOKEN)).toContain(`s3://${bucket}/${key}?endpoint=`);
    expect(store.isShared).toBe(true);
    for (const [place, tokens] of [
      ['p/q/', [TOKEN]],
      ['p', []],
      ['p/q/r', []],
      ['', []],
    ] as const)
      expect(await (await storeAt(server.url(bucket, place))).tokens()).toEqual(tokens);
  });

  it('of many that take a journal over at the same moment one at most succeeds', async () => {
    const store = await newStore();
    await store.write(TOKEN, 'old');
    // Claims of other processes, as other hosts write them: this process has one claim only.
    const rivals = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map((machine) =>
      temporaryJournalName(TOKEN).replace(ownerTag(), `${machine}-000000000000-7-1`),
    );
    for (const rival of rivals) await plant(store, rival, Buffer.alloc(0));
    await expect(store.takeOver(TOKEN, 'old', 'mine')).rejects.toMatchObject({ code: 'refused' });
    expect(await store.read(TOKEN)).toMatchObject({ text: 'old' });
    expect((await names(store)).toSorted()).toEqual(
      [`.holdfast-journal-${TOKEN}.json`, ...rivals].toSorted(),
    );
    await store.remove(TOKEN);
    expect(await names(store)).toEqual([]);
  });

  it('claims of processes of this machine that are gone do not count, and are removed', async () => {
    const store = await newStore();
    await store.write(TOKEN, 'old');
    const gone = temporaryJournalName(TOKEN).replace(`-${process.pid}-`, `-${2 ** 22 + 1}-`);
    await plant(store, gone, Buffer.alloc(0));
    await store.takeOver(TOKEN, 'old', 'mine');
    expect(await store.read(TOKEN)).toMatchObject({ text: 'mine' });
    expect(await store.tokens()).toEqual([TOKEN]);
    expect(await names(store)).toEqual([`.holdfast-journal-${TOKEN}.json`]);
  });

  it('is written when all else is interrupted, and is not read then', async () => {
    const bucket = await server.newBucket();
    const location = server.url(bucket, 'p');
    const controller = new AbortController();
    const [store] = await s3Storage.journalStores(location, { signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await store?.write(TOKEN, 'text');
    expect(await (await storeAt(location)).read(TOKEN)).toMatchObject({ text: 'text' });
    await expect(store?.tokens()).rejects.toThrow('interrupted');
    await store?.remove(TOKEN);
    expect(await (await storeAt(location)).tokens()).toEqual([]);
  });

  it('says what is wrong where there is no such bucket', async () => {
    const store = await storeAt(server.url('holdfast-test-none', 'p'));
    await expect(store.write(TOKEN, 'text')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('holdfast-test-none'),
    });
  });
});

describe('an address', () => {
  it('with a login is refused, and its secret is not told', async () => {
    const refusal = s3Storage.openJournalStore('s3://key:hidden@bucket/p', { signal });
    await expect(refusal).rejects.toMatchObject({
      code: 'usage',
      message: expect.not.stringContaining('hidden'),
    });
  });
});
