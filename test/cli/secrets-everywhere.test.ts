import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { zstdDecompressSync } from 'node:zlib';
import Zip from 'node-stream-zip';
import { Client, escapeLiteral } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallDisk } from '../location/limits.ts';
import { PASSWORD_ROLE, startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { runHoldfast, startHoldfast, type HoldfastResult } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';
import { required } from '../support/tools.ts';

/** Everything that must be found nowhere. */
const planted: string[] = [];

/** A new secret, or one piece of it. */
function secret(): string {
  const text = `S${randomBytes(9).toString('hex')}`;
  planted.push(
    text,
    Buffer.from(text).toString('base64').replaceAll('=', ''),
    Buffer.from(text).toString('hex'),
  );
  return text;
}

function key(digits = 64): string {
  const hex = randomBytes(32).toString('hex').slice(0, digits);
  // Half a key is half a secret; and it may be printed as bytes.
  planted.push(hex.slice(0, 16), hex.slice(-16), Buffer.from(hex, 'hex').toString('base64').slice(0, 32));
  return hex;
}

/** Fails when a text holds a secret, in letters of either size. */
function expectClean(where: string, content: Buffer | string): void {
  const text = (typeof content === 'string' ? content : content.toString('latin1')).toLowerCase();
  const found = planted.filter((one) => text.includes(one.toLowerCase()));
  expect(found, `secrets in ${where}:\n${text.slice(0, 2000)}`).toEqual([]);
}

/** The folder of all: what users put there lies below `given`, everything else was made by holdfast. */
const root = await folderOfFile();
const cwd = join(root, 'cwd');
const given = join(root, 'given');
const home = join(root, 'home');
const env = { HOME: home, TMPDIR: join(root, 'tmp'), XDG_STATE_HOME: join(root, 'state') };

const password = `${secret()}@:/?#% &'"${secret()}`;
const wrong = secret();
const KEY = key();
const role = PASSWORD_ROLE.name;

let server: PostgresServer;
let loggedBefore = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { log_statement: 'all', log_connections: 'on' } });
  for (const folder of [cwd, given, home, env.TMPDIR, join(given, 'uploads')]) await mkdir(folder);
  await writeFile(join(given, 'uploads', 'file'), 'content');
  await writeFile(join(given, 'key'), `${KEY}\n`);
  await writeFile(join(given, 'bad-key'), `${key(63)}\n`);
  await writeFile(join(given, 'pgpass'), `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, {
    mode: 0o600,
  });
  await writeFile(join(given, 'open-pgpass'), `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, {
    mode: 0o644,
  });
  await chmod(join(given, 'open-pgpass'), 0o644);
  await server.createDatabase('app');
  await server.createDatabase('empty');
  await server.query(
    'app',
    `create role absent; create table t (x int); alter table t owner to absent; insert into t values (1); grant all on t to ${role}`,
  );
  await server.query('postgres', `alter role ${role} password ${escapeLiteral(password)}`);
  loggedBefore = server.log().length;
});
afterAll(() => server.stop());

/** A URL with a password as it stands there. */
const urlWith = (raw: string, database = 'app'): string =>
  `postgres://${role}:${raw}@127.0.0.1:${server.port}/${database}`;
const goodUrl = (database?: string): string => urlWith(encodeURIComponent(password), database);
const plainUrl = (database = 'app', more = ''): string =>
  `postgres://${role}@127.0.0.1:${server.port}/${database}${more}`;

const LOUDEST = [['--verbose'], ['--json', '--verbose']] as const;
const ALL = [[], ['--json'], ['--verbose'], ['--quiet'], ['--json', '--verbose']] as const;

/** Runs a command line in each of the modes and looks at all that it says. */
async function expectSilence(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  modes: readonly (readonly string[])[] = LOUDEST,
): Promise<HoldfastResult[]> {
  return Promise.all(
    modes.map(async (mode) => {
      const result = await runHoldfast([...args, ...mode], { cwd, env: { ...env, ...more } });
      expectClean(`standard error of ${JSON.stringify(args)}`, result.stderr);
      expectClean(`standard output of ${JSON.stringify(args)}`, result.stdout);
      return result;
    }),
  );
}

/** Two at a time; `number` counts from 0. */
async function inPairs<Item>(
  items: readonly Item[],
  work: (item: Item, number: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()];
  const next = async (): Promise<void> => {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift())
      await work(entry[1], entry[0]);
  };
  await Promise.all([next(), next()]);
}

function expectCode(result: HoldfastResult | undefined, codes: readonly number[]): void {
  expect(codes, `${result?.stderr}`).toContain(result?.code);
}

async function expectFailure(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const result of await expectSilence(args, more)) expectCode(result, [1, 2, 4, 5, 6]);
}

/** Looks into every file that holdfast made, archives unpacked, and at every name. */
async function expectCleanFiles(): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.startsWith(`${given}/`)) continue;
    expectClean('a name', path);
    if (!entry.isFile()) continue;
    expectClean(path, await readFile(path));
    if (!path.endsWith('.zip')) continue;
    const zip = new Zip.async({ file: path });
    for (const { name, isDirectory } of Object.values(await zip.entries())) {
      if (isDirectory) continue;
      const content = await zip.entryData(name);
      expectClean(`${path}: ${name}`, name.endsWith('.zst') ? zstdDecompressSync(content) : content);
    }
    await zip.close();
  }
}

const BACKUP = ['--storage', join(given, 'uploads')];
const KEY_FILE = ['--key-file', join(given, 'key')];

describe('no secret is told or kept', () => {
  it('by commands that end well', { timeout: 120_000 }, async () => {
    const ways: readonly (readonly [readonly string[], Record<string, string>])[] = [
      [['--database', goodUrl(), '--key', KEY], {}],
      [[`--database=${plainUrl('app', `?password=${encodeURIComponent(password)}`)}`, ...KEY_FILE], {}],
      [[], { HOLDFAST_DATABASE: goodUrl(), HOLDFAST_KEY: KEY }],
      [[], { DATABASE_URL: plainUrl(), PGPASSWORD: password, HOLDFAST_KEY_FILE: join(given, 'key') }],
      [['--database', plainUrl('app', `?sslpassword=${secret()}`)], { PGPASSFILE: join(given, 'pgpass') }],
    ];
    for (const [number, [args, more]] of ways.entries()) {
      const mode = ALL[number % ALL.length] ?? [];
      const name = `good${number}.zip${number < 4 ? '.crypt' : ''}`;
      const [result] = await expectSilence(['backup', name, ...BACKUP, ...args], more, [mode]);
      expect(result).toMatchObject({ code: 0 });
    }
    for (const [number, command] of [
      ['verify', 'good0.zip.crypt'],
      ['inspect', 'good0.zip.crypt'],
      ['decrypt', 'good0.zip.crypt', '--overwrite'],
      ['restore', 'good0.zip.crypt', '--skip-database', '--storage', 'restored', '--dry-run'],
    ].entries()) {
      const mode = ALL[(number + 1) % ALL.length] ?? [];
      for (const [args, more] of [
        [['--key', KEY], {}],
        [[], { HOLDFAST_KEY: KEY }],
      ] as const) {
        const [result] = await expectSilence([...command, ...args], more, [mode]);
        expect(result).toMatchObject({ code: 0 });
      }
    }
    await expectCleanFiles();
  });

  it('when the database cannot be reached', { timeout: 120_000 }, async () => {
    const raw = encodeURIComponent(password);
    const backup = ['backup', 'failed.zip', ...BACKUP, '--database'];
    await expectFailure([...backup, urlWith(wrong)]);
    await expectFailure([...backup, plainUrl('app', `?password=${wrong}`)]);
    await expectFailure([...backup, goodUrl('no_such_database')]);
    await expectFailure([...backup, `postgres://${role}:${raw}@127.0.0.1:1/app`]);
    await expectFailure([...backup, `postgres://${role}:${raw}@no-such-host.invalid/app?connect_timeout=5`]);
    await expectFailure([...backup, `${goodUrl()}?sslmode=require`]);
    await expectFailure([...backup, `${goodUrl()}?sslmode=verify-full&sslpassword=${secret()}`]);
    await expectFailure([
      ...backup,
      `${goodUrl()}?sslcert=${given}/key&sslkey=${given}/pgpass&sslpassword=${secret()}&sslmode=require`,
    ]);
    await expectFailure([...backup, plainUrl()], { PGPASSWORD: wrong });
    await expectFailure([...backup, plainUrl()], { PGPASSFILE: join(given, 'open-pgpass') });
    await expectFailure(['backup', 'failed.zip'], { HOLDFAST_DATABASE: urlWith(wrong) });
    await expectFailure(['restore', 'good4.zip', '--skip-files', '--database', urlWith(wrong, 'empty')]);
    await expectCleanFiles();
  });

  it('of a URL that is not well formed', { timeout: 120_000 }, async () => {
    const urls: string[] = [];
    for (const character of `@:/?#%& '"=`.split('')) {
      const pieces = `${secret()}${character}${secret()}`;
      urls.push(`postgres://u:${pieces}@127.0.0.1:1/d`, `postgres://127.0.0.1:1/d?user=u&password=${pieces}`);
    }
    urls.push(
      `postgres://u:12?${secret()}=${secret()}@127.0.0.1:1/d`,
      `postgres://u:${secret()}@h?${secret()}=${secret()}@127.0.0.1:1/d`,
      `postgres://u:${secret()}/d`,
      `postgres:u:${secret()}@h/d`,
      `postgres:/u:${secret()}@h/d`,
      `postgers://u:${secret()}@h/d`,
      `mysql://u:${secret()}@h/d`,
      `u:${secret()}@h/d`,
      `host=h user=u password=${secret()}`,
      `host=h password='${secret()} ${secret()}' user=u`,
      `host=h password="${secret()} ${secret()}" user=u`,
    );
    await inPairs(urls, async (url, number) => {
      const mode = LOUDEST[number % 2] ?? [];
      const [result] = await expectSilence(['backup', 'failed.zip', '--database', url], {}, [mode]);
      // Some of the characters need no encoding.
      expectCode(result, [1, 2]);
    });
    await expectCleanFiles();
  });

  it('that stands in the wrong place, or is mistyped', { timeout: 120_000 }, async () => {
    const url = (): string => `postgres://u:${secret()}@127.0.0.1:1/d`;
    const s3 = (): string => `s3://AKIA:${secret()}@bucket`;
    const nonHex = (): string => `${key().slice(0, 40)}g${key().slice(41)}`;
    const lines: readonly (readonly string[])[] = [
      ['backup', url()],
      ['backup', '.', url()],
      ['backup', s3(), '--skip-database', ...BACKUP],
      ['backup', s3(), '--skip-database', '--storage', '.'],
      ['backup', 'a.zip', '--databse', url()],
      ['backup', 'a.zip', `--databse=${url()}`],
      ['backup', 'a.zip', `--databse=postgres://h/d?password=${secret()}`],
      ['backup', 'a.zip', '--skip-database', '--storage', s3()],
      ['backup', 'a.zip', '--skip-database', '--storage', `s3://AKIA:${secret()}`],
      ['backup', 'a.zip', '--skip-database', '--storage', `uploads=${s3()}/prefix`],
      ['backup', 'a.zip', '--skip-database', '--storage', `${s3()}/prefix`],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--jobs', url()],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--jobs', key()],
      ['backup', key(), '--skip-database', ...BACKUP],
      ['backup', key(63), '--skip-database', ...BACKUP],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--key', key(63)],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--key', nonHex()],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--key-file', key()],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--key-file', nonHex()],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--key-file', join(given, 'bad-key')],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, '--kye', key()],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, `--kye=${nonHex()}`],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, key(63)],
      ['backup', 'a.zip', '--skip-database', ...BACKUP, nonHex()],
      [url()],
      [key()],
      ['completion', key()],
      ['verify', url()],
      ['verify', key()],
      ['verify', 'good0.zip.crypt', '--key', key()],
      ['inspect', url()],
      ['inspect', 'good0.zip.crypt', '--key', key(63)],
      ['inspect', 'good0.zip.crypt', key()],
      ['decrypt', url()],
      ['decrypt', 'good0.zip.crypt', url(), '--key', KEY],
      ['decrypt', 'good0.zip.crypt', key(), '--key', KEY],
      ['decrypt', 'good0.zip.crypt', 'x.zip', '--key', key()],
      ['restore', url()],
      ['restore', 'good4.zip', '--database', `${url()}/x`, '--storage', s3()],
      ['restore', 'good4.zip', '--skip-database', '--storage', `uploads=${s3()}`],
      ['restore', 'good4.zip', '--skip-database', '--storage', s3()],
      ['restore', 'good4.zip', url(), '--skip-database'],
    ];
    await inPairs(lines, async (line, number) => {
      const mode = LOUDEST[number % 2] ?? [];
      const [result] = await expectSilence(line, {}, [mode]);
      expectCode(result, [1, 2, 5, 6]);
    });
    const twins: Record<string, string>[] = [
      { HOLDFAST_STORAGE: `s3://AKIA:${secret()},${secret()}@bucket` },
      { HOLDFAST_KEY: nonHex() },
      { HOLDFAST_KEY: key(63) },
      { HOLDFAST_KEY_FILE: key() },
      { HOLDFAST_JOBS: url() },
    ];
    for (const twin of twins) {
      const line = ['backup', 'a.zip', '--skip-database', ...('HOLDFAST_STORAGE' in twin ? [] : BACKUP)];
      const [result] = await expectSilence(line, twin, [LOUDEST[1]]);
      expect(result).toMatchObject({ code: 2 });
    }
    await expectCleanFiles();
  });

  it('when the work fails', { timeout: 120_000 }, async (context) => {
    const damaged = await readFile(join(cwd, 'good0.zip.crypt'));
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    await writeFile(join(cwd, 'damaged.zip.crypt'), damaged);
    for (const command of [
      ['verify'],
      ['inspect'],
      ['decrypt'],
      ['restore', '--skip-database', '--storage', 'x'],
    ]) {
      await expectFailure([command[0] ?? '', 'damaged.zip.crypt', ...command.slice(1), '--key', KEY]);
    }
    await expectFailure(['backup', 'no/such/folder/a.zip', '--database', goodUrl(), '--key', KEY]);
    await expectFailure(['backup', `${'x'.repeat(300)}.zip`, '--database', goodUrl(), '--key', KEY]);
    await expectFailure(['backup', 'good0.zip.crypt', '--database', goodUrl(), '--key', KEY]);
    // It may not make what the archive holds: the server quotes the statement that it refuses.
    await expectFailure([
      'restore',
      'good4.zip',
      '--skip-files',
      '--no-owner',
      '--database',
      goodUrl('empty'),
    ]);
    await server.query('app', 'alter table t owner to postgres; drop role absent');
    await expectFailure(['restore', 'good4.zip', '--skip-files', '--database', server.url('empty')], {
      PGPASSWORD: password,
    });
    await server.query('app', `revoke all on t from ${role}`);
    await expectFailure(['backup', 'a.zip', '--database', goodUrl(), '--key', KEY]);
    await server.query('app', `grant all on t to ${role}`);
    await expectCleanFiles();
    const disk = required(context, await smallDisk());
    await writeFile(join(given, 'uploads', 'large'), randomBytes(2 << 20));
    await expectFailure(['backup', join(disk, 'a.zip'), ...BACKUP, '--database', goodUrl(), '--key', KEY]);
  });
});

describe.runIf(process.platform === 'linux')('the process list', () => {
  /** Waits until a process shows no secret, and looks at all that it shows then. It must still run. */
  async function expectCleanProcess(child: ChildProcess): Promise<void> {
    for (;;) {
      const commandLine = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
      if (commandLine.startsWith('holdfast') && !planted.some((one) => commandLine.includes(one))) break;
    }
    for (const what of ['cmdline', 'comm', 'stat', 'status']) {
      expectClean(what, await readFile(`/proc/${child.pid}/${what}`));
    }
    const listed = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    if (listed.status === 0) expectClean('ps', listed.stdout);
    expect(child.exitCode).toBeNull();
  }

  it('shows none of a command that reads standard input', { timeout: 120_000 }, async () => {
    const lines: readonly (readonly string[])[] = [
      ['verify', '-', '--key', key()],
      ['verify', '-', `--key=${key()}`],
      ['inspect', '-', '--key', key()],
      ['decrypt', '-', '-', '--key', key()],
      ['decrypt', '-', 'x.zip', '--key', key()],
      ['restore', '-', '--skip-files', '--database', `postgres://u:${secret()}/${secret()}@h/d`],
      ['restore', '-', '--skip-files', '--database', `postgres://u:${secret()}/d`],
    ];
    for (const line of lines) {
      const { child, result } = startHoldfast(line, { cwd, env, input: new PassThrough() });
      await expectCleanProcess(child);
      child.kill('SIGTERM');
      const { stdout, stderr } = await result;
      expectClean('standard error', stderr);
      expectClean('standard output', stdout);
    }
  });

  it(
    'shows none of a backup, which tells none when it is stopped or cut off',
    { timeout: 120_000 },
    async () => {
      const waiting =
        "select pid from pg_stat_activity where application_name = 'holdfast' and wait_event_type = 'Lock'";
      const holder = new Client(server.url('app'));
      await holder.connect();
      await holder.query('begin; lock table t in access exclusive mode');
      const exposed = [
        ['--database', goodUrl(), '--key', KEY],
        [`--database=${goodUrl()}`, `--key=${KEY}`, '--verbose'],
        ['--database', plainUrl('app', `?password=${encodeURIComponent(password)}`), '--json'],
        ['--database', `${goodUrl()}?sslpassword=${secret()}`],
      ];
      for (const [number, args] of exposed.entries()) {
        const line = ['backup', 'stopped.zip', ...args];
        const { child, result } = startHoldfast(line, { cwd, env });
        while ((await server.query('postgres', waiting)).length === 0) expect(child.exitCode).toBeNull();
        await expectCleanProcess(child);
        await expectCleanFiles();
        if (number % 2 === 0) child.kill('SIGTERM');
        else
          await server.query('postgres', waiting.replace('select pid', 'select pg_terminate_backend(pid)'));
        const { code, stderr } = await result;
        expect([1, 143]).toContain(code);
        expectClean('standard error', stderr);
        while ((await server.query('postgres', waiting)).length > 0);
      }
      await holder.end();
      await expectCleanFiles();
    },
  );
});

it('no statement that a server was sent holds one', () => {
  expectClean("the server's log", server.log().slice(loggedBefore));
});
