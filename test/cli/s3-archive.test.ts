import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { findS3, startS3, type S3Server } from '../servers/s3.ts';
import { type FaultProxy, type SeenRequest, s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { type HoldfastResult, runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';
import { type Found, required } from '../support/tools.ts';

const MIB = 1 << 20;
const KEY = ['--key-file', 'key'];
/** What every command reads: both ends of an archive. */
const ENDS = 2 * MIB;

let found: Found<unknown>;
let server: S3Server;
let proxy: FaultProxy;
let bucket: string;
let cwd: string;
const folder = folderOfFile();

beforeAll(async () => {
  found = await findS3();
  if (found.reason !== undefined) return;
  server = await startS3();
  proxy = await startFaultProxy(server.endpoint);
  bucket = await server.newBucket();
  cwd = await folder;
  await writeFile(join(cwd, 'key'), '0123456789abcdef'.repeat(4));
  await makeFiles();
  makeDatabase();
  for (const [archive, key] of [
    ['app.zip', []],
    ['app.zip.crypt', KEY],
  ] as const) {
    await succeeded(
      runHoldfast(['backup', archive, ...key, '--database', 'sqlite:app.db', '--storage', 'up'], { cwd }),
    );
    await put(archive, await readFile(join(cwd, archive)));
  }
}, 300_000);
beforeEach((context) => void required(context, found));
afterEach(() => proxy?.reset());
afterAll(async () => {
  proxy?.close();
  await server?.stop();
});

/** 40 MiB that cannot be compressed, and 3,000 files of 1 KiB. */
async function makeFiles(): Promise<void> {
  await mkdir(join(cwd, 'up', 'small'), { recursive: true });
  for (let number = 0; number < 10; number++)
    await writeFile(join(cwd, 'up', `large-${number}.bin`), randomBytes(4 * MIB));
  for (let number = 0; number < 3000; number++)
    await writeFile(join(cwd, 'up', 'small', `${number}.bin`), randomBytes(1024));
}

function makeDatabase(): void {
  const database = new DatabaseSync(join(cwd, 'app.db'));
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
  database.exec("INSERT INTO notes VALUES (1, 'one'), (2, 'two')");
  database.close();
}

async function put(key: string, body: Buffer): Promise<void> {
  await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function get(key: string): Promise<Buffer> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function urlOf(key: string): string {
  return `s3://${bucket}/${key}?endpoint=${proxy.endpoint}&path-style=true`;
}

function holdfast(...args: string[]): Promise<HoldfastResult> {
  return runHoldfast(args, { cwd, env: server.env });
}

/** What a run that went well gave; any other is shown with what it said. */
async function succeeded(run: Promise<HoldfastResult>): Promise<HoldfastResult> {
  const result = await run;
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${result.stderr}`);
  return result;
}

/** Bytes that came over the wire since the last look, and by how many requests. */
function transferred(): { bytes: number; requests: number } {
  const seen = { bytes: proxy.traffic().toClients, requests: proxy.requests.length };
  proxy.reset();
  return seen;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each([
  ['a plain', 'app.zip', []],
  ['an encrypted', 'app.zip.crypt', KEY],
])('%s archive in S3', (_kind, archive, key) => {
  it('is verified with its bytes read once, by few requests', async () => {
    const size = (await readFile(join(cwd, archive))).length;
    const verified = await succeeded(holdfast('verify', urlOf(archive), ...key));
    expect(verified.stderr).toContain('Verified: s3://');
    const { bytes, requests } = transferred();
    // The ends, read first and then in their turn, may have to make room in between.
    expect(bytes).toBeLessThan(size * 1.01 + ENDS);
    expect(requests).toBeLessThan(25);
  });

  it('is inspected by a few requests', async () => {
    const { stdout } = await succeeded(holdfast('inspect', urlOf(archive), ...key));
    expect(stdout.toString()).toContain('files "up"');
    const { bytes, requests } = transferred();
    expect(bytes).toBeLessThan(ENDS + MIB);
    expect(requests).toBeLessThan(6);
  });

  it('is restored', async () => {
    const target = `restored-${archive}`;
    await succeeded(
      holdfast(
        'restore',
        urlOf(archive),
        ...key,
        '--database',
        `sqlite:${target}.db`,
        '--storage',
        `up=${target}`,
      ),
    );
    for (const name of await readdir(join(cwd, 'up'), { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const path = join(name.parentPath, name.name);
      const twin = path.replace(join(cwd, 'up'), join(cwd, target));
      if (digest(await readFile(twin)) !== digest(await readFile(path)))
        throw new Error(`${twin} is another`);
    }
    const database = new DatabaseSync(join(cwd, `${target}.db`), { readOnly: true });
    expect(database.prepare('SELECT count(*) AS notes FROM notes').get()).toEqual({ notes: 2 });
    database.close();
  });

  it('gives one small file, one large file, or the database alone for little more than that', async () => {
    const restore = (target: string, ...args: string[]) =>
      succeeded(
        holdfast(
          'restore',
          urlOf(archive),
          ...key,
          ...args,
          ...(target === '' ? [] : ['--storage', `up=${target}`]),
        ),
      );
    // Index, sums, directory and manifest lie in the last MiB; the file in one segment or two of a crypt.
    await restore(`small-${archive}`, '--skip-database', '--file', 'small/1500.bin');
    expect(transferred().bytes).toBeLessThan(ENDS + 3.5 * MIB);
    expect(await readdir(join(cwd, `small-${archive}`, 'small'))).toEqual(['1500.bin']);
    await restore(`large-${archive}`, '--skip-database', '--file', 'large-5.bin');
    expect(transferred().bytes).toBeLessThan(ENDS + 4 * MIB + 3.5 * MIB);
    await restore('', '--skip-files', '--database', `sqlite:only-${archive}.db`);
    expect(transferred().bytes).toBeLessThan(ENDS + 2.5 * MIB);
  });

  it('is read to its end although requests fail on their way', async () => {
    const isRange = ({ headers }: SeenRequest): boolean => headers.range !== undefined;
    proxy.inject(isRange, s3Error(503, 'SlowDown'), 3);
    proxy.inject(isRange, { kind: 'cut', bytes: 300_000 }, 3);
    proxy.inject(isRange, { kind: 'reset', when: 'before' }, 2);
    await succeeded(holdfast('verify', urlOf(archive), ...key));
  });

  it('ends at once when it is interrupted', async () => {
    proxy.inject(
      ({ headers }) => (headers.range ?? 'bytes=0-') > 'bytes=1048576',
      { kind: 'silence' },
      Infinity,
    );
    const { child, result } = startHoldfast(['verify', urlOf(archive), ...key], { cwd, env: server.env });
    while (proxy.requests.length < 3) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 143 });
  });
});

it('a crypt in S3 gives one table for little more than that', async () => {
  await using postgres = Object.assign(await startPostgres(), {
    [Symbol.asyncDispose]: () => postgres.stop(),
  });
  for (const name of ['source', 'target']) await postgres.createDatabase(name);
  // Some 25 MB that cannot be compressed, with a small table before it and one behind.
  await postgres.query(
    'source',
    `CREATE TABLE a AS SELECT 'before' AS text; CREATE TABLE z AS SELECT 'behind' AS text;
     CREATE TABLE m AS SELECT sha512(int4send(i)) AS bytes FROM generate_series(1, 400000) i`,
  );
  const database = ['--database', postgres.url('source')];
  await succeeded(holdfast('backup', 'tables.zip.crypt', ...KEY, ...database));
  const crypt = await readFile(join(cwd, 'tables.zip.crypt'));
  expect(crypt.length).toBeGreaterThan(20 * MIB);
  await put('tables.zip.crypt', crypt);
  const target = ['--database', postgres.url('target')];
  await succeeded(holdfast('restore', urlOf('tables.zip.crypt'), ...KEY, ...target, '--table', 'z'));
  expect(transferred().bytes).toBeLessThan(ENDS + 3.5 * MIB);
  expect(await postgres.query('target', 'SELECT text FROM z')).toEqual([{ text: 'behind' }]);
});

describe('a crypt in S3', () => {
  it('is decrypted to a file, to standard output and to S3, where no name is given beside itself', async () => {
    const plain = digest(await readFile(join(cwd, 'app.zip.crypt')));
    expect(digest(await get('app.zip.crypt'))).toBe(plain);
    await succeeded(holdfast('decrypt', urlOf('app.zip.crypt'), 'decrypted.zip', ...KEY));
    const expected = digest(await readFile(join(cwd, 'decrypted.zip')));
    const { stdout } = await succeeded(holdfast('decrypt', urlOf('app.zip.crypt'), '-', ...KEY));
    expect(digest(stdout)).toBe(expected);
    await put('x/app.zip.crypt', await readFile(join(cwd, 'app.zip.crypt')));
    await succeeded(holdfast('decrypt', urlOf('x/app.zip.crypt'), ...KEY));
    expect(digest(await get('x/app.zip'))).toBe(expected);
    await succeeded(holdfast('verify', urlOf('x/app.zip')));
  });

  it('is not decrypted onto itself, however it is spelled', async () => {
    const itself = urlOf('app.zip.crypt');
    for (const other of [itself, itself.replace('app', '%61pp'), itself.replace('&path-style=true', '')]) {
      const refused = await holdfast('decrypt', itself, other, '--overwrite', ...KEY);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain('is the encrypted archive itself');
    }
  });

  it('is not opened without its key, and not with another', async () => {
    expect(await holdfast('verify', urlOf('app.zip.crypt'))).toMatchObject({ code: 5 });
    expect(await holdfast('inspect', urlOf('app.zip.crypt'), '--key', 'f'.repeat(64))).toMatchObject({
      code: 5,
    });
  });
});

it('what is no archive, or not there, is told of', async () => {
  expect(await holdfast('verify', urlOf('nothing.zip'))).toMatchObject({ code: 1 });
  expect(await holdfast('verify', urlOf('folder/'))).toMatchObject({ code: 2 });
  await put('text.zip', Buffer.from('no zip'));
  expect(await holdfast('verify', urlOf('text.zip'))).toMatchObject({ code: 4 });
  await put('empty.zip', Buffer.alloc(0));
  expect(await holdfast('verify', urlOf('empty.zip'))).toMatchObject({ code: 4 });
  await put('cut.zip', (await readFile(join(cwd, 'app.zip'))).subarray(0, -1000));
  expect(await holdfast('verify', urlOf('cut.zip'))).toMatchObject({ code: 4 });
});

it('an archive that is replaced while it is verified is not called damaged', async () => {
  await put('moving.zip', await readFile(join(cwd, 'app.zip')));
  const isFurther = ({ headers: { range = '' } }: SeenRequest): boolean => /^bytes=[1-9]/.test(range);
  proxy.inject(isFurther, s3Error(503, 'SlowDown'), Infinity);
  const { result } = startHoldfast(['verify', urlOf('moving.zip')], { cwd, env: server.env });
  while (!proxy.requests.some(isFurther)) await new Promise((resolve) => setImmediate(resolve));
  await put('moving.zip', Buffer.from('another'));
  proxy.reset();
  const { code, stderr } = await result;
  expect(stderr).toContain('moving.zip');
  expect(stderr).toContain('changed while it was read');
  expect(code).toBe(1);
});
