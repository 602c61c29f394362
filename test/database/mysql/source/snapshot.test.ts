import { describe, expect, it } from 'vitest';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { readParts, readRows, useSourceBench } from './source-bench.ts';

const patient = { timeout: 30_000, interval: 20 };
const READER = `CREATE USER reader@'%' IDENTIFIED BY 'r'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON app.* TO reader@'%'`;

describe.each(await availableMysqlVersions())('a snapshot of %s', (version) => {
  const bench = useSourceBench(version, version === 'mysql' ? [] : ['--log-bin', '--server-id=1']);

  it('is one state on all connections, whatever is committed meanwhile', async () => {
    const [tables, writers] = [['a', 'b', 'c', 'd', 'e', 'f'], 4];
    const ids = Array.from({ length: writers }, (_, writer) => `(${writer}, 1000)`);
    await bench.sql(
      ...tables.map((table) => `CREATE TABLE ${table} (id int PRIMARY KEY, amount int) ENGINE=InnoDB`),
      ...tables.map((table) => `INSERT INTO ${table} VALUES ${ids.join(', ')}`),
    );
    let isOver = false;
    // Each has rows of its own: none ever waits for another.
    const writing = ids.map(async (_, writer) => {
      const session = await bench.connect();
      for (let round = 0; !isOver; round += 1) {
        const [from, to] = [tables[round % 6], tables[(round * 5 + 1) % 6]];
        const change = (table: string | undefined, by: number) =>
          `UPDATE ${table} SET amount = amount + ${by} WHERE id = ${writer}`;
        await session.run(`BEGIN; ${change(from, -7)}; ${change(to, 7)}; COMMIT`);
      }
    });
    try {
      for (let round = 0; round < 5; round += 1) {
        const source = await bench.open({ jobs: 4 });
        const rows = await Promise.all(tables.map((table) => readRows(source, table)));
        const sum = rows.flat().reduce((total, row) => total + Number(/,(-?\d+)\)/.exec(row)?.[1]), 0);
        expect(sum).toBe(6 * writers * 1000);
        await source.close();
      }
    } finally {
      isOver = true;
      await Promise.all(writing);
    }
  });

  it('lets others write while it is open, and does not see it', async () => {
    await bench.sql('CREATE TABLE t (id int PRIMARY KEY) ENGINE=InnoDB', 'INSERT INTO t VALUES (1)');
    const source = await bench.open();
    await bench.sql(
      'SET lock_wait_timeout = 1',
      'INSERT INTO t VALUES (2)',
      'CREATE TEMPORARY TABLE x (i int)',
    );
    expect(await readRows(source, 't')).toEqual(['(1)']);
    expect(await readRows(source, 't')).toEqual(['(1)']);
  });

  it('keeps tables from being changed until it is closed, but for those left out', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'CREATE TABLE other (id int)', 'INSERT INTO t VALUES (1)');
    const source = await bench.open({ excludeTable: (_schema, name) => name === 'other' });
    const timeout = /[Ll]ock wait timeout/;
    const changes = ['ALTER TABLE t ADD x int', 'TRUNCATE t', 'DROP TABLE t', 'RENAME TABLE t TO u'];
    await Promise.all(
      changes.map((change) =>
        expect(bench.sql('SET lock_wait_timeout = 1', change)).rejects.toThrow(timeout),
      ),
    );
    if (version !== 'mysql') await bench.sql('SET lock_wait_timeout = 1', 'ALTER TABLE other ADD x int');
    await source.close();
    await bench.sql('SET lock_wait_timeout = 1', 'TRUNCATE t');
  });

  it('keeps the tables from being changed that a selection needs, and no others', async () => {
    await bench.sql(
      'CREATE TABLE t (id int)',
      'CREATE TABLE u (id int)',
      'CREATE VIEW v AS SELECT id FROM t',
      'INSERT INTO t VALUES (1)',
    );
    const source = await bench.open({ selectTable: (_schema, name) => name === 'v' });
    expect(source.tables.map(({ name }) => name)).toEqual(['t']);
    expect(await readRows(source, 't')).toEqual(['(1)']);
    await expect(bench.sql('SET lock_wait_timeout = 1', 'TRUNCATE t')).rejects.toThrow(/timeout/);
    // MySQL's backup lock keeps all tables from being changed.
    if (version !== 'mysql') await bench.sql('SET lock_wait_timeout = 1', 'TRUNCATE u');
  });

  it('reads a table that somebody waits to change', async () => {
    await bench.sql(
      'CREATE TABLE t (id int)',
      'CREATE TABLE u (id int)',
      'INSERT INTO t VALUES (1)',
      'INSERT INTO u VALUES (2)',
    );
    const source = await bench.open({ jobs: 2 });
    // The connection that holds the locks reads u, so the other one has to begin with t.
    const parts = source.parts(source.tables[1]!, 1000)[Symbol.asyncIterator]();
    const part = (await parts.next()).value!;
    const locker = await bench.connect();
    const waiting = locker.run('LOCK TABLES t WRITE');
    const isWaiting = async (): Promise<number> =>
      (await bench.sql('SHOW PROCESSLIST')).filter(({ State }) => State === 'Waiting for table metadata lock')
        .length;
    await expect.poll(isWaiting, patient).toBe(1);
    const reading = readRows(source, 't');
    reading.catch(() => undefined);
    await expect.poll(isWaiting, patient).toBe(2);
    await expect.poll(isWaiting, patient).toBe(1);
    await Array.fromAsync(part.chunks);
    await parts.next();
    expect(await reading).toEqual(['(1)']);
    await source.close();
    await waiting;
  });

  it('waits for who holds a lock, tells who it is, and lets the server go on meanwhile', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'CREATE TABLE u (id int)', 'INSERT INTO t VALUES (1)');
    const holder = await bench.connect();
    await holder.run('LOCK TABLES t WRITE');
    await holder.run('INSERT INTO t VALUES (2)');
    const opening = bench.open();
    await expect.poll(() => bench.reporter.warnings[0], patient).toMatch(/^Waiting to read: /);
    if (version === 'mysql')
      expect(bench.reporter.warnings[0]).toContain(`connection ${holder.id} (user "root"`);
    await bench.sql('SET lock_wait_timeout = 10', 'INSERT INTO u VALUES (1)');
    await holder.run('UNLOCK TABLES');
    expect(await readRows(await opening, 't')).toEqual(['(1)', '(2)']);
  });

  it('gives up when the lock is not to be had in time, and leaves nothing locked', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'CREATE TABLE u (id int)');
    const holder = await bench.connect();
    await holder.run('LOCK TABLES t WRITE');
    await expect(bench.open({ lockTimeout: 1000 })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('cannot be locked'),
      hint: expect.stringContaining('--lock-timeout'),
    });
    await bench.sql('SET lock_wait_timeout = 1', 'INSERT INTO u VALUES (1)', 'DROP TABLE u');
  });

  it('says where the binary log was', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'INSERT INTO t VALUES (1)');
    expect((await bench.open()).facts.snapshot).toMatch(/^\S+\.\d+:\d+, GTID \S+$/);
  });

  it('names tables without transactions', async () => {
    await bench.sql(
      'CREATE TABLE t (id int) ENGINE=MyISAM',
      'CREATE TABLE u (id int) ENGINE=MEMORY',
      'CREATE TABLE v (id int) ENGINE=InnoDB',
    );
    const source = await bench.open({ excludeRows: (_schema, name) => name === 'u' });
    expect(bench.reporter.warnings.join('\n')).toContain('t (MyISAM).');
    expect(source.facts['consistency']).toContain('t (MyISAM).');
    await source.close();
  });

  it('uses one connection, and says so, where the server may not be locked', async () => {
    await bench.sql(
      'CREATE TABLE t (id int)',
      'CREATE TABLE u (id int)',
      'INSERT INTO t VALUES (1)',
      `DROP USER IF EXISTS reader@'%'`,
      READER,
    );
    await bench.server.query(
      '',
      version === 'mysql'
        ? `GRANT SHOW_ROUTINE ON *.* TO reader@'%'`
        : `GRANT SELECT ON mysql.proc TO reader@'%'`,
    );
    const source = await bench.open({ url: bench.server.url('app', 'reader', 'r'), jobs: 4 });
    expect(bench.reporter.warnings.join('\n')).toContain(
      `is not allowed (it takes RELOAD${version === 'mysql' ? ' and PROCESS' : ''}): one connection reads all tables.`,
    );
    expect(source.facts['consistency']).toContain('read by one connection in one transaction');
    await bench.sql('INSERT INTO t VALUES (2)', 'INSERT INTO u VALUES (2)');
    expect(await Promise.all(['t', 'u'].map((table) => readRows(source, table)))).toEqual([['(1)'], []]);
    await expect(bench.sql('SET lock_wait_timeout = 1', 'ALTER TABLE u ADD x int')).rejects.toThrow(
      /timeout/,
    );
  });

  it('holds up nobody where a long statement runs', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'INSERT INTO t VALUES (1)');
    const [reporting, watcher] = [await bench.connect(), await bench.connect()];
    const report = reporting.query('SELECT SLEEP(60) FROM t');
    report.catch(() => undefined);
    const isLong = `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(60)%' AND TIME >= 1`;
    await expect.poll(async () => (await watcher.query(isLong))[0]?.['n'], patient).toBe('1');
    const source = await bench.open({ jobs: 2 });
    expect(source.facts['consistency']).toContain(
      version === 'mysql' ? 'FLUSH TABLES WITH READ LOCK was not to be had' : 'read by 2 connections',
    );
    // It still runs, and the table is not closed.
    const limit = version === 'mysql' ? 'max_execution_time = 5000' : 'max_statement_time = 5';
    await bench.sql(`SET ${limit}`, 'SELECT * FROM t');
    expect(await watcher.query(isLong)).toEqual([{ n: '1' }]);
    await reporting.close();
  });

  it('ends with a clear error when a connection is killed in the middle', async () => {
    await bench.sql(
      'CREATE TABLE t (id int PRIMARY KEY, filler longtext)',
      `INSERT INTO t VALUES (1, REPEAT('x', 8000000)), (2, REPEAT('x', 8000000)), (3, REPEAT('x', 8000000))`,
    );
    const source = await bench.open({ jobs: 1 });
    const reading = (async () => {
      for await (const part of source.parts(source.tables[0]!, 1 << 20)) {
        for await (const _chunk of part.chunks) await killAll();
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/broke|killed|connection/i),
    });
    await expect(readParts(source, 't')).rejects.toMatchObject({ code: 'failed' });
  });

  it('notices that the connection is gone that kept the tables from being changed', async () => {
    await bench.sql('CREATE TABLE t (id int)', 'CREATE TABLE u (id int)', 'INSERT INTO t VALUES (1)');
    const source = await bench.open({ jobs: 2 });
    // The connection of the locks comes before the other one, both in age and in turn.
    await readRows(source, 'u');
    await bench.server.query('', `KILL ${(await connectionsOfTool()).at(-2)}`);
    await expect(readRows(source, 't')).rejects.toMatchObject({ code: 'failed' });
  });

  /** Their numbers, in the order in which they were opened. */
  async function connectionsOfTool(): Promise<number[]> {
    const rows = (await bench.sql('SHOW PROCESSLIST')) as {
      Id: number;
      db: string | null;
      Info: string | null;
    }[];
    return rows
      .filter(({ db, Info }) => db === 'app' && !Info?.startsWith('SHOW PROCESSLIST'))
      .map(({ Id }) => Id)
      .toSorted((one, other) => one - other);
  }

  async function killAll(): Promise<void> {
    for (const id of await connectionsOfTool())
      await bench.server.query('', `KILL ${id}`).catch(() => undefined);
  }
});
