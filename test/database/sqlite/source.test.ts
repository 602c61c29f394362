import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, readdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseSource, SourceOptions } from '../../../src/database/engine.ts';
import { sqlite } from '../../../src/database/sqlite/sqlite.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, runTool, tool } from '../../support/tools.ts';
import { execute, executeAndDie, fileOf, query } from './files.ts';

const MANY = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)';

/** A copy that waited for a writer who never stops would take far longer, in milliseconds. */
const COPY_TIMEOUT = 15_000;

const opened: DatabaseSource[] = [];
afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

async function openSource(path: string, options: Partial<SourceOptions> = {}): Promise<DatabaseSource> {
  const source = await sqlite.openSource(sourceOptions(`sqlite:${path}`, options));
  opened.push(source);
  return source;
}

/** What the archive would hold of it, as a file. */
async function exported(source: DatabaseSource, path: string): Promise<string> {
  await writeFile(path, await fileOf(source, 100_000));
  return path;
}

/** One whose parts were read: what only that tells is known. */
async function readSource(path: string, options: Partial<SourceOptions> = {}): Promise<DatabaseSource> {
  const source = await openSource(path, options);
  await fileOf(source);
  return source;
}

const copiesLeft = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter(
    (name) => name.startsWith('holdfast-sqlite-') && name.includes(`-${process.pid}-`),
  );

describe('a database that others write', () => {
  for (const mode of ['delete', 'wal']) {
    it(
      `is copied as it is at one moment: journal mode ${mode}`,
      async () => {
        const folder = await temporaryFolder();
        const path = join(folder, 'app.db');
        // Each transaction moves an amount: the sum is the same at every moment.
        execute(
          path,
          `PRAGMA journal_mode = ${mode}; CREATE TABLE a (id integer PRIMARY KEY, n int, x blob); CREATE TABLE b (id integer PRIMARY KEY, n int);
         ${MANY} INSERT INTO a SELECT i, 10, randomblob(1000) FROM n; INSERT INTO b SELECT id, 0 FROM a`,
        );
        const writer = fork(join(import.meta.dirname, 'writer-main.ts'), [path]);
        onTestFinished(() => void writer.kill('SIGKILL'));
        await once(writer, 'message');
        const source = await openSource(path);
        const copy = await exported(source, join(folder, 'copy.db'));
        writer.send('stop');
        const [written] = (await once(writer, 'message')) as [number];
        expect(written).toBeGreaterThan(0);
        const [sum, moved] = query(
          copy,
          'SELECT (SELECT sum(n) FROM a) + (SELECT sum(n) FROM b), (SELECT sum(n) FROM b)',
        )[0]!;
        expect(sum).toBe(200_000);
        expect(moved).toBeGreaterThan(0);
        expect(query(copy, 'PRAGMA integrity_check')).toEqual([['ok']]);
        expect(query(copy, 'PRAGMA journal_mode')).toEqual([[mode]]);
      },
      COPY_TIMEOUT,
    );
  }

  it('is not waited for longer than was asked', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(path, 'CREATE TABLE t (a)');
    const writer = fork(join(import.meta.dirname, 'writer-main.ts'), [path, 'hold']);
    onTestFinished(() => void writer.kill('SIGKILL'));
    await once(writer, 'message');
    await expect(openSource(path, { lockTimeout: 100 })).rejects.toMatchObject({
      code: 'failed',
      hint: expect.any(String),
    });
  });

  it('is left as it was, with nothing beside it', async () => {
    for (const mode of ['delete', 'wal']) {
      const folder = await temporaryFolder();
      const path = join(folder, 'app.db');
      execute(path, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`);
      const before = await readFile(path);
      await openSource(path);
      expect(await readFile(path)).toEqual(before);
      expect(await readdir(folder)).toEqual(['app.db']);
    }
  });

  it('is read with what a killed writer left', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(path, `CREATE TABLE t (a); INSERT INTO t VALUES ('whole'); CREATE TABLE n (i)`);
    executeAndDie(
      path,
      `PRAGMA cache_size = 5; BEGIN; UPDATE t SET a = 'half'; ${MANY} INSERT INTO n SELECT randomblob(100) FROM n`,
    );
    expect((await stat(`${path}-journal`)).size).toBeGreaterThan(0);
    const source = await openSource(path);
    const copy = await exported(source, join(folder, 'copy.db'));
    expect(query(copy, 'SELECT a FROM t')).toEqual([['whole']]);
    expect(query(copy, 'SELECT count(*) FROM n')).toEqual([[0]]);
  });
});

describe('what is no good database', () => {
  it('is refused in words, and nothing is made', async () => {
    const folder = await temporaryFolder();
    const at = (name: string): string => join(folder, name);
    await writeFile(at('text'), 'no database '.repeat(1000));
    await writeFile(at('empty'), '');
    await mkdir(at('folder'));
    await symlink('nowhere', at('dangling'));
    execute(
      at('damaged'),
      `CREATE TABLE t (a); ${MANY} INSERT INTO t SELECT randomblob(100) FROM n; CREATE INDEX i ON t (a)`,
    );
    await using file = await open(at('damaged'), 'r+');
    await file.write(Buffer.alloc(8192, 0xff), 0, 8192, 8192 * 10);
    execute(at('short'), `CREATE TABLE t (a); ${MANY} INSERT INTO t SELECT randomblob(100) FROM n`);
    await truncate(at('short'), 8192);
    const names = await readdir(folder);
    for (const [name, message] of [
      ['text', 'no SQLite database, or an encrypted one'],
      ['empty', 'empty file'],
      ['folder', 'is no file, but a directory'],
      ['dangling', 'There is no database'],
      ['missing', 'There is no database'],
      ['missing/app.db', 'There is no database'],
      ['damaged', 'is damaged'],
      ['short', 'is damaged'],
    ] as const) {
      await expect(readSource(at(name))).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringContaining(message),
        hint: expect.any(String),
      });
    }
    expect(await readdir(folder)).toEqual(names);
    for (const source of opened.splice(0)) await source.close();
    expect(await copiesLeft()).toEqual([]);
  });

  it('is not compared', async () => {
    const folder = await temporaryFolder();
    const [good, damaged] = [join(folder, 'good.db'), join(folder, 'damaged.db')];
    for (const path of [good, damaged])
      execute(
        path,
        `CREATE TABLE t (a); ${MANY} INSERT INTO t SELECT i FROM n; CREATE TABLE u (a); CREATE INDEX i ON t (a)`,
      );
    await using file = await open(damaged, 'r+');
    // Pages that the comparison does not read: those of the index.
    const { size } = await file.stat();
    await file.write(Buffer.alloc(4096, 0xff), 0, 4096, size - 4096);
    const archived = Readable.from([await fileOf(await openSource(good))]);
    const live = await openSource(damaged);
    await expect(live.compareContents!(archived)).rejects.toMatchObject({
      message: expect.stringContaining('is damaged'),
    });
  });

  it('is refused as a location', async () => {
    for (const location of [
      '',
      '//ann:s3cret@host/app',
      ':memory:',
      'app.db?mode=ro',
      'a%zz',
      '%00',
      'file:app.db',
    ]) {
      const error: unknown = await sqlite
        .openSource({ url: `sqlite:${location}` } as SourceOptions)
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'usage', hint: expect.any(String) });
      expect(String(error)).not.toContain('s3cret');
    }
  });

  it('leaves no copy when the backup is interrupted', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(path, 'CREATE TABLE t (a)');
    await expect(openSource(path, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    expect(await copiesLeft()).toEqual([]);
  });

  it('removes the copies of processes that were killed, and no others', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(path, 'CREATE TABLE t (a)');
    await openSource(path);
    const [own] = await copiesLeft();
    const dead = join(tmpdir(), own!.replace(/-\d+-\d*-\w{6}$/, '-4194303-1-abcdef'));
    await mkdir(dead);
    await writeFile(join(dead, 'copy.sqlite'), 'x');
    const reporter = recordingReporter();
    await openSource(path, { reporter });
    expect(existsSync(dead)).toBe(false);
    expect(await copiesLeft()).toContain(own);
    expect(reporter.warnings).toEqual([expect.stringContaining(dead)]);
  });
});

describe('a whole database', () => {
  it('is kept with all that this program does not know', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(
      path,
      `PRAGMA page_size = 1024; PRAGMA encoding = 'UTF-16le'; PRAGMA auto_vacuum = 2; PRAGMA application_id = 77; PRAGMA user_version = -3;
       CREATE TABLE plain (a COLLATE NOCASE, b CHECK (length(a) > 0), c AS (upper(a)));
       CREATE INDEX plain_a ON plain (a); INSERT INTO plain VALUES ('ä', 1);
       CREATE VIRTUAL TABLE words USING fts5 (a); INSERT INTO words VALUES ('fair wind');
       CREATE VIRTUAL TABLE boxes USING rtree (id, x1, x2); INSERT INTO boxes VALUES (1, 2, 3);
       CREATE VIEW broken AS SELECT * FROM gone; CREATE TABLE "odd "" name
;--" (a) STRICT`.replace('(a) STRICT', '(a int) STRICT'),
    );
    const sqlite3 = await tool('sqlite3');
    // As an application has it that brings its own collation, function and module.
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(path, { defensive: false });
    db.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(replace(sql, 'NOCASE', 'OURS'), 'length', 'own_length') WHERE name = 'plain';
      INSERT INTO sqlite_schema VALUES ('table', 'ours', 'ours', 0, 'CREATE VIRTUAL TABLE ours USING own_module (a)')`);
    db.close();
    const reporter = recordingReporter();
    const source = await readSource(path, { reporter });
    expect(reporter.warnings).toEqual([expect.stringMatching(/plain was not checked: .*OURS/)]);
    const copy = await exported(source, join(folder, 'copy.db'));
    const [original, restored] = [await readFile(path), await readFile(copy)];
    // But for the counters of changes, and what version made the last one.
    for (const bytes of [original, restored]) bytes.fill(0, 24, 28).fill(0, 40, 44).fill(0, 92, 100);
    expect(restored.equals(original)).toBe(true);
    expect(source.facts).toMatchObject({ encoding: 'UTF-16le', pageSize: 1024 });
    expect(source.facts.contents).toContainEqual({ schema: 'main', name: 'ours', rows: null });
    expect(source.preData.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'FILE main',
      'TABLE plain',
      'INDEX plain_a',
      'TABLE words',
      'TABLE boxes',
      'VIEW broken',
      'TABLE odd " name\n;--',
      'TABLE ours',
    ]);
    const [shell, dump] = [
      required({ skip: (note?: string) => expect.fail(note) } as never, sqlite3),
      '.dump words',
    ];
    const words = await Promise.all([path, copy].map((file) => runTool(shell, [file, dump])));
    expect(words[0]!.stdout).toEqual(words[1]!.stdout);
  });

  it('may have full-text indexes without rows, or out of step with them', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(
      path,
      `CREATE VIRTUAL TABLE bare USING fts4 (a, content=''); INSERT INTO bare (docid, a) VALUES (1, 'x');
       CREATE TABLE notes (a); INSERT INTO notes VALUES ('x'); CREATE VIRTUAL TABLE stale USING fts4 (a, content='notes');
       INSERT INTO stale (docid, a) VALUES (1, 'x'); DELETE FROM notes; CREATE VIRTUAL TABLE lost USING fts5 (a, content='nothing')`,
    );
    const reporter = recordingReporter();
    const { facts } = await readSource(path, { reporter });
    expect(reporter.warnings).toEqual([
      expect.stringMatching(/does not match its rows.*'rebuild'.*main\.stale/),
    ]);
    expect(facts.contents).toEqual([
      { schema: 'main', name: 'bare', rows: null },
      { schema: 'main', name: 'lost', rows: null },
      { schema: 'main', name: 'notes', rows: 0 },
      { schema: 'main', name: 'stale', rows: 0 },
    ]);
  });

  it('is checked as a whole when its tables are checked side by side', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(
      path,
      `CREATE TABLE a (x); CREATE INDEX a_x ON a (x); CREATE TABLE b (x NOT NULL); CREATE INDEX b_x ON b (x); CREATE TABLE c (x);
       ${MANY} INSERT INTO a SELECT randomblob(500) FROM n; INSERT INTO b VALUES (1000), (2000);
       INSERT INTO c VALUES ('plain')`,
    );
    expect((await stat(path)).size).toBeGreaterThan(16 << 20);
    expect((await readSource(path)).facts.contents).toEqual([
      { schema: 'main', name: 'a', rows: 20_000 },
      { schema: 'main', name: 'b', rows: 2 },
      { schema: 'main', name: 'c', rows: 1 },
    ]);
    const page = (name: string): number =>
      Number(query(path, `SELECT rootpage FROM sqlite_schema WHERE name = '${name}'`)[0]![0]) - 1;
    const original = await readFile(path);
    const spoilt = async (name: string, change: (file: Buffer) => void): Promise<string> => {
      const file = Buffer.from(original);
      change(file);
      await writeFile(join(folder, name), file);
      return join(folder, name);
    };
    const [index, plain] = [page('b_x') * 4096, page('c') * 4096];
    // An entry of an index that its row does not have; and a table without an index that has lost its rows.
    const wrong = await spoilt('wrong.db', (file) => file.writeUInt8(99, index + 4096 - 1));
    const lost = await spoilt('lost.db', (file) => file.fill(0, plain, plain + 8).writeUInt8(13, plain));
    for (const damaged of [wrong, lost])
      await expect(readSource(damaged)).rejects.toMatchObject({
        message: expect.stringMatching(/is damaged/),
      });
  });

  it('is read into buffers of the reader as well as in chunks', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(path, `CREATE TABLE t (a); ${MANY} INSERT INTO t SELECT randomblob(100) FROM n`);
    const source = await openSource(path);
    const target = Buffer.alloc(150_000);
    const texts: Buffer[] = [];
    for await (const part of source.parts(source.tables[0]!, 400_000)) {
      for (let filled = target.length; filled === target.length;) {
        filled = await part.fill!(target);
        texts.push(Buffer.from(target.subarray(0, filled)));
      }
    }
    expect(Buffer.concat(texts).equals(await fileOf(source))).toBe(true);
  });

  it('leaves no copy when it is closed in the middle', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    // Its check is still on then: the rule takes long for each row.
    execute(
      path,
      `PRAGMA ignore_check_constraints = ON; CREATE TABLE t (a CHECK (length(hex(zeroblob(5000000 + length(a)))) > 0));
       ${MANY} INSERT INTO t SELECT randomblob(500) FROM n`,
    );
    const source = await openSource(path);
    for await (const part of source.parts(source.tables[0]!, 1000)) {
      expect(await part.fill!(Buffer.alloc(1))).toBe(1);
      break;
    }
    await source.close();
    await source.close();
    expect(await copiesLeft()).toEqual([]);
  });

  it('may break the rules of its tables, which is told', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(
      path,
      `CREATE TABLE parents (id integer PRIMARY KEY); CREATE TABLE children (id int REFERENCES parents);
       INSERT INTO children VALUES (1), (2), (NULL);`,
    );
    const reporter = recordingReporter();
    const { facts } = await readSource(path, { reporter });
    expect(facts).toMatchObject({ violations: [{ table: 'children', parent: 'parents', rows: 2 }] });
    expect(reporter.warnings).toEqual([expect.stringContaining('2 rows of children to parents')]);
  });
});

describe('a part of a database', () => {
  it('holds nothing of the rest', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(
      path,
      `PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA user_version = 5;
       CREATE TABLE kept (a, b); INSERT INTO kept VALUES (1, 'one'), (2, 'gone-row'), (3, 'three'); DELETE FROM kept WHERE a = 2;
       CREATE TABLE emptied (a); INSERT INTO emptied VALUES ('hidden-row');
       CREATE TRIGGER noted AFTER DELETE ON emptied BEGIN INSERT INTO kept VALUES ('trigger', old.a); END;
       CREATE TABLE dropped (a); INSERT INTO dropped VALUES ('dropped-row'); CREATE INDEX dropped_a ON dropped (a);
       CREATE VIRTUAL TABLE search USING fts5 (a); INSERT INTO search VALUES ('searched');
       CREATE VIEW seen AS SELECT * FROM emptied`,
    );
    const source = await openSource(path, {
      excludeTable: (_, name) => ['dropped', 'search'].includes(name),
      excludeRows: (_, name) => name === 'emptied',
    });
    const copy = await exported(source, join(folder, 'copy.db'));
    const bytes = await readFile(copy);
    for (const word of ['gone-row', 'hidden-row', 'dropped-row', 'searched'])
      expect(bytes.includes(word)).toBe(false);
    expect(query(copy, 'SELECT rowid, b FROM kept')).toEqual([
      [1, 'one'],
      [3, 'three'],
    ]);
    expect(query(copy, 'SELECT group_concat(name) FROM sqlite_schema')).toEqual([
      ['kept,emptied,seen,noted'],
    ]);
    for (const [pragma, value] of [
      ['page_size', 8192],
      ['user_version', 5],
      ['journal_mode', 'wal'],
      ['integrity_check', 'ok'],
    ])
      expect(query(copy, `PRAGMA ${pragma}`)).toEqual([[value]]);
  });

  it('holds nothing of rows in indexes and statistics of their tables', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(
      path,
      `CREATE TABLE notes (id integer PRIMARY KEY, t); INSERT INTO notes VALUES (1, 'hidden'); CREATE INDEX notes_t ON notes (t);
       CREATE VIRTUAL TABLE found USING fts5 (t, content='notes', content_rowid='id'); INSERT INTO found (found) VALUES ('rebuild');
       CREATE VIRTUAL TABLE bare USING fts5 (t, content=''); INSERT INTO bare (rowid, t) VALUES (1, 'hidden'); ANALYZE`,
    );
    for (const options of [
      { excludeRows: (_: string, name: string) => ['notes', 'bare'].includes(name) },
      { excludeTable: (_: string, name: string) => ['notes', 'bare'].includes(name) },
    ]) {
      const copy = await exported(await openSource(path, options), join(folder, 'copy.db'));
      expect((await readFile(copy)).includes('hidden')).toBe(false);
      expect(query(copy, 'PRAGMA integrity_check')).toEqual([['ok']]);
      expect(query(copy, "SELECT name FROM sqlite_schema WHERE name = 'found'")).toEqual([['found']]);
      expect(query(copy, "SELECT * FROM sqlite_stat1 WHERE tbl = 'notes'")).toEqual([]);
    }
  });

  describe('with views and triggers that use other tables', () => {
    const database = async (objects: string): Promise<string> => {
      const path = join(await temporaryFolder(), 'app.db');
      execute(path, `CREATE TABLE t (a, b); CREATE TABLE y (x); CREATE TABLE z (x); ${objects}`);
      return path;
    };
    const isY = (_: string, name: string): boolean => name === 'y';
    const trigger = (event: string, body: string): string => `CREATE TRIGGER g ${event} BEGIN ${body}; END;`;

    it.each([
      ['view main.v', 'CREATE VIEW v AS SELECT * FROM y'],
      ['view main.v', 'CREATE VIEW v AS SELECT count(*) FROM Y'],
      ['view main.v', 'CREATE VIEW v AS SELECT * FROM y; CREATE VIEW w AS SELECT * FROM v'],
      ['view main.v', 'CREATE VIEW v AS SELECT ours(a), theirs() FROM t WHERE b REGEXP (SELECT x FROM y)'],
      ['view main.v', 'CREATE VIEW v AS SELECT * FROM y ORDER BY x COLLATE OURS'],
      ['trigger g of main.t', trigger('AFTER INSERT ON t', 'INSERT INTO y VALUES (ours(new.a))')],
      ['trigger g of main.t', trigger('BEFORE UPDATE OF b ON t', 'UPDATE y SET x = 1')],
      ['trigger g of main.t', trigger('AFTER DELETE ON t', 'DELETE FROM z; DELETE FROM y')],
      ['trigger g of main.t', trigger('AFTER INSERT ON t WHEN EXISTS (SELECT 1 FROM y)', 'SELECT 1')],
      [
        'trigger g of main.t',
        trigger(
          'AFTER INSERT ON t',
          'INSERT INTO z SELECT n FROM (WITH c AS (SELECT count(*) AS n FROM y) SELECT n FROM c)',
        ),
      ],
      [
        'trigger g of main.v',
        `CREATE VIEW v AS SELECT ours(a) AS a FROM t; ${trigger('INSTEAD OF UPDATE OF a ON v', 'DELETE FROM y')}`,
      ],
      [
        'trigger g of main.t',
        `CREATE TRIGGER f AFTER INSERT ON z BEGIN INSERT INTO t VALUES (1, 2); END;
         ${trigger('AFTER INSERT ON t', 'INSERT INTO y VALUES (1)')}`,
      ],
    ])('is refused where %s needs what is excluded: %s', async (what, objects) => {
      const path = await database(objects);
      await expect(openSource(path, { excludeTable: isY })).rejects.toMatchObject({
        code: 'usage',
        message: `${what} needs table main.y, which is excluded`,
        hint: expect.stringContaining('--exclude-table-data'),
      });
      await expect(openSource(path, { excludeTable: isY, selectTable: () => true })).rejects.toMatchObject({
        code: 'usage',
      });
      await openSource(path, { excludeRows: isY });
      expect(await copiesLeft()).toHaveLength(1);
    });

    it('is refused where something does not work without a view that is left out', async () => {
      const path = await database(
        `CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT count(*) FROM v;
         ${trigger('AFTER INSERT ON z', 'UPDATE y SET x = 1 WHERE EXISTS (SELECT 1 FROM v)')}`,
      );
      const isNamed = (names: string[]) => (_: string, name: string) => names.includes(name);
      for (const [options, what] of [
        [{ excludeTable: isNamed(['v']) }, 'view main.w'],
        [{ selectTable: isNamed(['w']) }, 'view main.w'],
        [{ excludeTable: isNamed(['v', 'w']) }, 'trigger g of main.z'],
      ] as const) {
        await expect(openSource(path, options)).rejects.toMatchObject({
          code: 'usage',
          message: `${what} does not work without what is left out: no such table: main.v`,
          hint: expect.any(String),
        });
      }
      await openSource(path, { selectTable: isNamed(['v', 'w']) });
    });

    it('may be without what only others need, or what did not work before', async () => {
      const path = await database(
        `CREATE VIEW broken AS SELECT * FROM y, lost; CREATE VIEW other AS SELECT ours(a) FROM t;
         CREATE TRIGGER with_y AFTER INSERT ON y BEGIN INSERT INTO t VALUES (1, 2); END;
         CREATE TRIGGER dead AFTER DELETE ON z BEGIN INSERT INTO y SELECT * FROM lost; END`,
      );
      const reporter = recordingReporter();
      const source = await openSource(path, { excludeTable: isY, reporter });
      expect(source.preData.map(({ name }) => name)).toEqual(['main', 't', 'z', 'broken', 'other', 'dead']);
      expect(reporter.warnings).toEqual([]);
    });

    it('says what refers to nothing then, and of what it does not know it', async () => {
      const path = await database(
        `CREATE TABLE child (x REFERENCES y); CREATE VIEW v AS SELECT * FROM t ORDER BY a COLLATE OURS;
         CREATE VIEW w AS SELECT ours(a) OVER () FROM t`,
      );
      const reporter = recordingReporter();
      await openSource(path, { reporter });
      expect(reporter.warnings).toEqual([]);
      await openSource(path, { excludeTable: isY, reporter });
      expect(reporter.warnings).toEqual([
        expect.stringMatching(/^table main\.child needs table main\.y, which is excluded: /),
        expect.stringMatching(/view main\.v needs .*no such collation sequence: OURS/),
        expect.stringMatching(/view main\.w needs .*ours\(\) may not be used/),
      ]);
    });

    it('is compared with an archive all the same', async () => {
      const path = await database('CREATE VIEW v AS SELECT * FROM y');
      const { facts } = await readSource(path);
      const source = await openSource(path, { excludeTable: isY, comparedWith: facts });
      expect(source.preData.map(({ name }) => name)).toEqual(['main', 't', 'z', 'v']);
    });

    it('brings what triggers of a chosen table use, so that it can be written', async () => {
      const path = await database(
        `${trigger('AFTER INSERT ON t', 'INSERT INTO y SELECT new.a FROM v WHERE n = 0')} CREATE TABLE rest (a);
         CREATE VIEW v AS SELECT count(*) - 1 AS n FROM z; CREATE TRIGGER next AFTER INSERT ON y BEGIN DELETE FROM z; END;
         INSERT INTO z VALUES ('kept')`,
      );
      const source = await openSource(path, { selectTable: (_, name) => name === 't' });
      expect(source.preData.map(({ name }) => name)).toEqual(['main', 't', 'y', 'z', 'g', 'v', 'next']);
      expect(source.selection).toEqual({
        needed: ['table main.y', 'table main.z', 'view main.v'],
        leftOut: [],
      });
      const copy = await exported(source, join(await temporaryFolder(), 'copy.db'));
      expect(query(copy, 'SELECT x FROM z')).toEqual([['kept']]);
      execute(copy, "INSERT INTO t (a) VALUES ('new')");
      expect(query(copy, 'SELECT x FROM y')).toEqual([['new']]);
    });
  });

  it('comes with what it needs', async () => {
    const path = join(await temporaryFolder(), 'app.db');
    execute(
      path,
      `CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE orders (u REFERENCES Users);
       CREATE TABLE notes (id integer PRIMARY KEY, t); CREATE VIRTUAL TABLE found USING fts5 (t, content='notes', content_rowid='id');
       CREATE VIEW inner_view AS SELECT * FROM orders; CREATE VIEW outer_view AS SELECT * FROM inner_view; CREATE TABLE rest (a)`,
    );
    const chosen = async (table: string): Promise<string[]> => {
      const source = await openSource(path, { selectTable: (_, name) => name === table });
      return source.preData.map(({ name }) => name);
    };
    expect(await chosen('outer_view')).toEqual(['main', 'users', 'orders', 'inner_view', 'outer_view']);
    expect(await chosen('found')).toEqual(['main', 'notes', 'found']);
    expect(await chosen('rest')).toEqual(['main', 'rest']);
  });
});

describe('a comparison', () => {
  it('names the tables whose rows differ, however they lie in the file', async () => {
    const folder = await temporaryFolder();
    const [one, other] = [join(folder, 'one.db'), join(folder, 'other.db')];
    const tables =
      'CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x, y AS (x + 1)); CREATE TABLE big (x);';
    execute(
      one,
      `${tables} INSERT INTO a VALUES (1), ('1'), (1); INSERT INTO b VALUES (1.0); INSERT INTO c VALUES (9007199254740993)`,
    );
    execute(
      other,
      `PRAGMA page_size = 512; ${tables} INSERT INTO c VALUES (9007199254740993); INSERT INTO a VALUES ('1'), (1), (1); INSERT INTO b VALUES (1); INSERT INTO big VALUES (0)`,
    );
    const source = await openSource(one);
    const live = await openSource(other);
    const archived = (async function* () {
      for await (const part of source.parts(source.tables[0]!, 1000)) yield* part.chunks;
    })();
    expect(await live.compareContents!(archived)).toEqual([
      { schema: 'main', name: 'b', what: '1 row on both sides, but not the same' },
      { schema: 'main', name: 'big', what: 'the database has 1 row, the archive 0 rows' },
    ]);
  });
});
