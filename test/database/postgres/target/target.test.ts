import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.ts';
import { createTable, facts, statement, table, useTargetBench } from '../target-bench.ts';

/** A limit for what happens soon, even on a busy machine. */
const patient = { timeout: 30_000 };

const bench = useTargetBench();

describe('a load', () => {
  it('is seen by others at its commit, and not before', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await target.execute(createTable);
    expect(await target.load(table, Readable.from([Buffer.from('1\n2'), Buffer.from('\n')]))).toBe(2);
    expect(await target.load(table, Readable.from([]))).toBe(0);
    expect(await bench.tables()).toEqual([]);
    await target.commit();
    expect(await bench.server.query('app', 'SELECT id FROM t ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    await target.rollback();
    expect(await bench.tables()).not.toEqual([]);
  });

  it('takes no rows for the tables of the server itself, which an archive may name', async () => {
    const target = await bench.open();
    const own = { schema: 'pg_catalog', name: 'pg_description', columns: [] };
    await target.begin(facts());
    await expect(target.load(own, Readable.from([Buffer.from('1\t1\t1\tforged\n')]))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining("the server's own"),
    });
  });

  it('leaves nothing when it is rolled back or only closed', async () => {
    for (const end of ['rollback', 'close'] as const) {
      const target = await bench.open();
      await target.begin(facts());
      await target.execute(createTable);
      await target.load(table, Readable.from([Buffer.from('1\n')]));
      await target[end]();
      await target[end]();
      expect(await bench.tables()).toEqual([]);
    }
  });

  it('does not begin in a database that is not empty', async () => {
    const target = await bench.open();
    expect(await target.isEmpty()).toBe(true);
    await bench.server.query('app', 'CREATE TABLE t (id int)');
    await expect(target.begin(facts())).rejects.toMatchObject({
      code: 'failed',
      message: 'The database app is no longer empty.',
      hint: expect.stringContaining('Nothing was changed.'),
    });
    await bench.server.query('app', 'DROP TABLE t');
    await target.begin(facts());
  });

  it('can begin anew after a rollback', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await expect(target.execute(statement('SELECT nothing FROM nowhere'))).rejects.toBeInstanceOf(
      HoldfastError,
    );
    await target.rollback();
    await target.begin(facts());
    await target.execute(createTable);
    await target.commit();
    expect(await bench.tables()).not.toEqual([]);
  });

  it('goes into a read-only by default database in its own encoding', async () => {
    await bench.server.query('postgres', `ALTER DATABASE app SET default_transaction_read_only = on;`);
    const target = await bench.open();
    await target.begin(facts({ encoding: 'LATIN1' }));
    await target.execute(statement('CREATE TABLE public.t (id text);'));
    await target.load(table, Readable.from([Buffer.from('e90a', 'hex')]));
    await target.commit();
    expect(await bench.server.query('app', 'SELECT id FROM t')).toEqual([{ id: 'é' }]);
  });

  it('leaves owners and privileges out when asked', async () => {
    const target = await bench.open({ noOwner: true, noPrivileges: true });
    await target.begin(facts());
    await target.execute(createTable);
    await target.execute(statement('ALTER TABLE public.t OWNER TO nobody_here;', 'OWNER'));
    await target.execute(statement('GRANT SELECT ON public.t TO nobody_here;', 'ACL'));
    await target.rollback();
    const strict = await bench.open();
    await strict.begin(facts());
    await strict.execute(createTable);
    await expect(
      strict.execute(statement('ALTER TABLE public.t OWNER TO nobody_here;', 'OWNER')),
    ).rejects.toMatchObject({
      message: expect.stringContaining('nobody_here'),
      hint: expect.any(String),
    });
  });

  it('names the object of a statement that fails, and the place in it', async () => {
    const target = await bench.open();
    await target.begin(facts());
    const sql = "CREATE VIEW public.v AS\n  SELECT '😀',\n    missing\n  FROM pg_class;";
    const error = await target.execute(statement(sql, 'VIEW', 'v')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/view public\.v: column "missing".*\nat line 3: missing$/),
    });
  });

  it('names the table and the line of rows that fail', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await target.execute(createTable);
    const error = await target
      .load(table, Readable.from([Buffer.from('1\n2\nx\n')]))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/table public\.t: invalid input syntax.*\n.*line 3/),
    });
    await target.rollback();
    expect(await bench.tables()).toEqual([]);
  });

  it('fails with the error of its rows, and is rolled back', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await target.execute(createTable);
    async function* damaged(): AsyncGenerator<Buffer> {
      yield Buffer.from('1\n');
      throw new HoldfastError('damaged', 'the part is damaged');
    }
    await expect(target.load(table, Readable.from(damaged()))).rejects.toMatchObject({ code: 'damaged' });
    await target.rollback();
    expect(await bench.tables()).toEqual([]);
  });

  it('takes rows no faster than the server does', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await target.execute(statement('CREATE TABLE public.t (id text);'));
    const row = Buffer.from(`${'x'.repeat(9999)}\n`);
    const before = process.memoryUsage().rss;
    let most = 0;
    function* rows(): Generator<Buffer> {
      for (let count = 0; count < 20_000; count += 1) {
        most = Math.max(most, process.memoryUsage().rss - before);
        yield row;
      }
    }
    expect(await target.load(table, Readable.from(rows(), { objectMode: false }))).toBe(20_000);
    console.log(`memory grew by ${Math.round(most / 1e6)} MB`);
    expect(most).toBeLessThan(100_000_000);
  });

  it('is rolled back by an interruption, in the middle of rows and of a statement', async () => {
    const target = await bench.open();
    await target.begin(facts());
    await target.execute(createTable);
    async function* rows(): AsyncGenerator<Buffer> {
      yield Buffer.from('1\n');
      bench.controller.abort(new Error('interrupted'));
      await new Promise(() => undefined);
    }
    await expect(target.load(table, Readable.from(rows()))).rejects.toThrow('interrupted');
    await target.rollback();
    await expectNobody();
    expect(await bench.tables()).toEqual([]);

    bench.controller = new AbortController();
    const other = await bench.open();
    await other.begin(facts());
    const waiting = Promise.allSettled([other.execute(statement('SELECT pg_sleep(60);'))]);
    bench.controller.abort(new Error('interrupted'));
    expect(await waiting).toMatchObject([{ reason: new Error('interrupted') }]);
    await other.rollback();
    await expectNobody();
  });

  async function expectNobody(): Promise<void> {
    await expect
      .poll(
        () => bench.server.query('postgres', `SELECT 1 FROM pg_stat_activity WHERE datname = 'app'`),
        patient,
      )
      .toEqual([]);
  }
});
