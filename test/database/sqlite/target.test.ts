import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type {
  DatabaseFacts,
  DatabaseSource,
  DatabaseTarget,
  TargetOptions,
} from '../../../src/database/engine.ts';
import { sqlite } from '../../../src/database/sqlite/sqlite.ts';
import { sourceOptions, targetOptions } from '../../support/engine-options.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { execute, fileOf, query } from './files.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A source that was read, as that of an archive was. */
async function sourceOf(path: string): Promise<DatabaseSource> {
  const source = await sqlite.openSource(sourceOptions(`sqlite:${path}`));
  closing.push(() => source.close());
  await fileOf(source);
  return source;
}

async function targetAt(path: string, options: Partial<TargetOptions> = {}): Promise<DatabaseTarget> {
  const target = await sqlite.openTarget(targetOptions(`sqlite:${path}`, { jobs: 1, ...options }));
  closing.push(() => target.close());
  return target;
}

interface Changes {
  readonly facts?: DatabaseFacts;
  readonly names?: readonly string[];
  readonly bytes?: (file: Buffer) => Buffer;
}

/** Loads a source, or something like it. */
async function load(source: DatabaseSource, target: DatabaseTarget, changes: Changes = {}): Promise<void> {
  const { facts = source.facts, names, bytes = (file) => file } = changes;
  await target.begin(facts);
  for (const statement of source.preData)
    if (names === undefined || names.includes(statement.name)) await target.execute(statement);
  await target.load(source.tables[0]!, Readable.from([bytes(await fileOf(source))]));
}

const SAMPLE = `CREATE TABLE users (id integer PRIMARY KEY, name); INSERT INTO users VALUES (1, 'ann');
  CREATE TABLE orders (id integer PRIMARY KEY, u REFERENCES users); INSERT INTO orders VALUES (1, 1);
  CREATE TABLE log (a); INSERT INTO log VALUES ('hidden-line'); CREATE INDEX log_a ON log (a)`;

async function sample(): Promise<{ folder: string; source: DatabaseSource; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'sample.db');
  execute(path, SAMPLE);
  await mkdir(join(folder, 'to'));
  return { folder: join(folder, 'to'), source: await sourceOf(path), path };
}

describe('a restored file', () => {
  it('has the rights of the old one, and is what a link leads to', async () => {
    const { folder, source } = await sample();
    const [path, link] = [join(folder, 'real.db'), join(folder, 'link.db')];
    execute(path, 'CREATE TABLE old (a)');
    await chmod(path, 0o640);
    await symlink('real.db', link);
    const target = await targetAt(link, { replace: true });
    expect(target.name).toBe(path);
    await load(source, target);
    await target.commit();
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(query(path, 'SELECT name FROM users')).toEqual([['ann']]);
    expect((await readdir(folder)).toSorted()).toEqual(['link.db', 'real.db']);
  });

  it('does not get the other names of the old one, which is told', async () => {
    const { folder, source } = await sample();
    const [path, other] = [join(folder, 'one.db'), join(folder, 'other.db')];
    execute(path, 'CREATE TABLE old (a)');
    linkSync(path, other);
    const reporter = recordingReporter();
    const target = await targetAt(path, { replace: true, reporter });
    expect(await target.preflight(source.facts)).toEqual([]);
    expect(reporter.warnings).toEqual([expect.stringContaining('more than one name')]);
    await load(source, target);
    await target.commit();
    expect(query(other, 'SELECT name FROM sqlite_schema')).toEqual([['old']]);
  });

  it('is new with the usual rights, also where a link leads that has no file yet', async () => {
    const { folder, source } = await sample();
    await symlink('new.db', join(folder, 'link.db'));
    const target = await targetAt(join(folder, 'link.db'));
    expect(await target.isEmpty()).toBe(true);
    await load(source, target);
    await target.commit();
    expect((await stat(join(folder, 'new.db'))).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(query(join(folder, 'link.db'), 'SELECT name FROM users')).toEqual([['ann']]);
  });

  it('holds what is asked for, and nothing of the rest', async () => {
    const { folder, source } = await sample();
    const path = join(folder, 'part.db');
    const target = await targetAt(path);
    const wanted = source.preData.filter(({ name }) => ['users', 'orders'].includes(name));
    const facts = await sqlite.narrowFacts(source.facts, Readable.from(wanted));
    expect(facts.contents?.map(({ name }) => name)).toEqual(['orders', 'users']);
    await load(source, target, { facts, names: ['users', 'orders'] });
    await target.commit();
    expect(query(path, 'SELECT name FROM sqlite_schema')).toEqual([['users'], ['orders']]);
    expect((await readFile(path)).includes('hidden-line')).toBe(false);
  });

  it('is not made where something in it would not work without the rest', async () => {
    const { folder } = await sample();
    const from = join(folder, 'from.db');
    execute(
      from,
      `CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT count(*) FROM v`,
    );
    const source = await sourceOf(from);
    const target = await targetAt(join(folder, 'part.db'));
    const wanted = source.preData.filter(({ name }) => ['t', 'w'].includes(name));
    const facts = await sqlite.narrowFacts(source.facts, Readable.from(wanted));
    await expect(load(source, target, { facts, names: ['t', 'w'] })).rejects.toThrow(
      'view main.w does not work without what is left out: no such table: main.v',
    );
    await target.rollback();
    expect(await readdir(folder)).toEqual(['from.db']);
  });
});

describe('a load that is not what the archive says', () => {
  it('fails and leaves nothing', async () => {
    const { folder, source, path: original } = await sample();
    const broken = await sourceOf(
      await (async () => {
        const path = `${original}.broken`;
        execute(path, `${SAMPLE}; INSERT INTO orders VALUES (2, 99)`);
        return path;
      })(),
    );
    const contents = source.facts.contents!.map((table) => ({ ...table, rows: 17 }));
    const extra = { ...source.preData[0]!, kind: 'VIEW', name: 'promised' };
    const cases: [DatabaseSource, Changes, string][] = [
      [
        source,
        { bytes: (file) => Buffer.concat([file.subarray(0, 4096), Buffer.alloc(file.length - 4096, 0xee)]) },
        'no sound SQLite database',
      ],
      [source, { bytes: (file) => Buffer.alloc(file.length, 'no database ') }, 'no sound SQLite database'],
      [source, { bytes: (file) => file.subarray(4096) }, 'instead of'],
      [source, { facts: { ...source.facts, contents } }, '17 rows'],
      [
        source,
        { facts: { ...source.facts, contents: [{ schema: 'main', name: 'more', rows: 1 }] } },
        'TABLE more',
      ],
      [broken, { facts: { ...broken.facts, violations: [] } }, 'foreign key'],
      [{ ...source, preData: [...source.preData, extra] }, {}, 'VIEW promised'],
    ];
    for (const [from, changes, message] of cases) {
      const target = await targetAt(join(folder, 'new.db'));
      const attempt = async (): Promise<void> => {
        await load(from, target, changes);
        await target.commit();
      };
      await expect(attempt()).rejects.toMatchObject({
        code: /^(VIEW|TABLE)/.test(message) ? 'failed' : 'damaged',
        message: expect.stringContaining(message),
      });
      await target.rollback();
      expect(await readdir(folder)).toEqual([]);
    }
    await expect(
      (await targetAt(join(folder, 'new.db'))).begin({ ...source.facts, bytes: 'many' }),
    ).rejects.toMatchObject({ code: 'damaged' });
  });

  it('is told of where the source was no better', async () => {
    const { folder, path: original } = await sample();
    execute(original, 'INSERT INTO orders VALUES (2, 99)');
    const reporter = recordingReporter();
    const target = await targetAt(join(folder, 'new.db'), { reporter });
    await load(await sourceOf(original), target);
    await target.commit();
    expect(reporter.warnings).toEqual(['As in the source, 1 row of orders point to no row of users.']);
  });
});

describe('preflight', () => {
  it('finds processes that have the file open, idle ones as well', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells who has a file open');
    const { folder, source } = await sample();
    const path = join(folder, 'used.db');
    execute(path, 'CREATE TABLE old (a)');
    const script = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(path)});
      db.prepare('SELECT * FROM old').all(); console.log('open'); setInterval(() => {}, 1000)`;
    const user = spawn(process.execPath, ['-e', script]);
    onTestFinished(() => void user.kill('SIGKILL'));
    await once(user.stdout, 'data');
    const target = await targetAt(path, { replace: true });
    expect(await target.preflight(source.facts)).toEqual([
      { message: expect.stringContaining(`process ${user.pid}`), hint: expect.any(String) },
    ]);
    // It may come after preflight.
    await load(source, target);
    await expect(target.commit()).rejects.toThrow(`process ${user.pid}`);
    await target.rollback();
    user.kill('SIGKILL');
    await once(user, 'close');
    expect(await target.preflight(source.facts)).toEqual([]);
    expect(query(path, 'SELECT * FROM old')).toEqual([]);
    expect(await readdir(folder)).toEqual(['used.db']);
  });

  it('finds what another database left, and too little room', async () => {
    const { folder, source } = await sample();
    const path = join(folder, 'new.db');
    await writeFile(`${path}-wal`, 'frames');
    const target = await targetAt(path);
    expect(await target.preflight({ ...source.facts, bytes: 1e15 })).toMatchObject([
      { message: expect.stringContaining('no room') },
      { message: expect.stringContaining('new.db-wal'), hint: expect.stringContaining('--overwrite') },
    ]);
  });

  it('lets a damaged database be replaced, when asked', async () => {
    const { folder, source } = await sample();
    const path = join(folder, 'damaged.db');
    for (const damage of [
      (file: Buffer) => file.fill(0xff, 100, 300),
      (file: Buffer) => file.subarray(0, 4096),
      (file: Buffer) => file.subarray(0, 60),
    ]) {
      execute(path, 'CREATE TABLE old (a); CREATE INDEX old_a ON old (a)');
      await writeFile(path, damage(await readFile(path)));
      await writeFile(`${path}-journal`, 'of the old one');
      expect(await (await targetAt(path)).isEmpty()).toBe(false);
      const reporter = recordingReporter();
      const target = await targetAt(path, { replace: true, reporter });
      expect(await target.preflight(source.facts)).toEqual([]);
      expect(reporter.warnings).toEqual([expect.stringContaining('is damaged')]);
      await load(source, target);
      await target.commit();
      expect(query(path, 'SELECT name FROM users')).toEqual([['ann']]);
      expect(await readdir(folder)).toEqual(['damaged.db']);
      await rm(path);
    }
  });

  it('never takes another file for a database', async () => {
    const { folder } = await sample();
    await writeFile(join(folder, 'notes.txt'), 'not a database at all, but some notes '.repeat(50));
    for (const replace of [false, true])
      await expect(targetAt(join(folder, 'notes.txt'), { replace })).rejects.toMatchObject({
        code: 'failed',
      });
    await expect(targetAt(folder)).rejects.toThrow('a directory');
    await expect(targetAt(join(folder, 'missing', 'new.db'))).rejects.toThrow('There is no folder');
  });

  it('says why it cannot look at a place, also when it is to look for what is unfinished there', async () => {
    const { folder } = await sample();
    await symlink('loop', join(folder, 'loop'));
    const cases = [
      [join(folder, 'loop', 'new.db'), 'symlinks lead in a circle'],
      [join(folder, 'n'.repeat(300)), 'too long'],
      [join(folder, 'missing', 'new.db'), 'There is no folder'],
    ] as const;
    for (const [path, why] of cases) {
      const refusal = {
        code: 'failed',
        message: expect.stringContaining(why),
        hint: expect.any(String),
      };
      await expect(targetAt(path)).rejects.toMatchObject(refusal);
      const { env, reporter, signal } = sourceOptions(`sqlite:${path}`);
      const recovery = sqlite.recover({ url: `sqlite:${path}`, env, reporter, signal, dryRun: true });
      await expect(recovery).rejects.toMatchObject(refusal);
    }
  });
});

it('does not say what became of a load when neither file is there', async () => {
  const { folder, source } = await sample();
  const path = join(folder, 'new.db');
  const target = await targetAt(path);
  await load(source, target);
  const record = JSON.parse(JSON.stringify(target.record())) as Record<string, unknown>;
  await target.commit();
  const settle = (url: string | null): Promise<string> =>
    sqlite.settle(record, {
      url,
      env: {},
      reporter: recordingReporter(),
      signal: new AbortController().signal,
    });
  expect(await settle(null)).toBe('committed');
  const moved = join(folder, 'moved.db');
  const { rename } = await import('node:fs/promises');
  await rename(path, moved);
  expect(await settle(`sqlite:${moved}`)).toBe('committed');
  execute(path, 'CREATE TABLE another (a)');
  await expect(settle(null)).rejects.toMatchObject({
    code: 'failed',
    hint: expect.stringContaining('--skip-database'),
  });
});
