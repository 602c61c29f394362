import { describe, expect, it } from 'vitest';
import { readParts } from '../../../../src/database/postgres/source/rows.ts';
import { patient, table, useSnapshotBench } from '../snapshot-bench.ts';

const bench = useSnapshotBench();

describe('rows', () => {
  it('come as the bytes of the database, in its encoding', async () => {
    for (const [encoding, bytes] of [
      ['LATIN1', 'e90a'],
      ['SQL_ASCII', 'e90a'],
      ['UTF8', 'c3a90a'],
    ] as const) {
      await bench.server.dropDatabase('app');
      await bench.server.createDatabase('app', { encoding, locale: 'C' });
      await bench.server.query('app', 'CREATE TABLE t (x text); INSERT INTO t VALUES (chr(233))');
      const snapshot = await bench.open();
      expect((await bench.read(snapshot, 't', ['x'], encoding)).toString('hex')).toBe(bytes);
      await snapshot.close();
    }
  });

  it('are counted right without columns that hold data', async () => {
    await bench.server.query(
      'app',
      `CREATE TABLE none (); INSERT INTO none DEFAULT VALUES; INSERT INTO none DEFAULT VALUES;
      CREATE TABLE generated (x int GENERATED ALWAYS AS (1) STORED); INSERT INTO generated DEFAULT VALUES`,
    );
    const snapshot = await bench.open();
    expect((await bench.read(snapshot, 'none', [])).toString()).toBe('\n\n');
    expect((await bench.read(snapshot, 'generated', [])).toString()).toBe('\n');
  });

  it('hidden by a policy are an error', async () => {
    await bench.server.query(
      'app',
      `CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (false);
      CREATE ROLE subject LOGIN; GRANT SELECT ON t TO subject`,
    );
    const snapshot = await bench.open(1, { role: 'subject' });
    await expect(bench.read(snapshot, 't')).rejects.toMatchObject({
      message: expect.stringMatching(/rows of table public\.t.*row-level security/),
      hint: expect.stringContaining('BYPASSRLS'),
    });
    await snapshot.close();
    await bench.server.query('app', 'REVOKE ALL ON t FROM subject; DROP ROLE subject');
  });

  it('of 200 MB pass in bounded memory, as fast as they are taken', async () => {
    const size = 200_000_000;
    await bench.server.query(
      'app',
      `CREATE TABLE t (x text); ALTER TABLE t ALTER x SET STORAGE EXTERNAL;
      INSERT INTO t VALUES (repeat('0123456789', ${size / 10})), ('end')`,
    );
    const snapshot = await bench.open();
    let bytes = 0;
    let most = 0;
    const parts = [];
    const before = process.memoryUsage();
    for await (const part of readParts(snapshot, table('t', 'x'), 'UTF8', 8 << 20)) {
      for await (const chunk of part.chunks) {
        bytes += chunk.length;
        // A consumer that takes its time: what comes too early would pile up.
        if (bytes % 7 === 0) await new Promise(setImmediate);
        const now = process.memoryUsage();
        most = Math.max(most, now.rss - before.rss);
      }
      parts.push(part.rows());
    }
    expect(parts).toEqual([1, 1]);
    expect(bytes).toBe(size + 1 + 'end\n'.length);
    console.log(`memory grew by ${Math.round(most / 1e6)} MB`);
    // What is not collected yet lies about; a row that was held whole would be twice as much and more.
    expect(most).toBeLessThan(120_000_000);
  });

  it('stop flowing when nobody takes them, and the server when they are given up', async () => {
    await bench.server.query(
      'app',
      `CREATE TABLE t (x text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 100000)`,
    );
    const snapshot = await bench.open(2);
    const busy = await snapshot.acquire(table('t'));
    const parts = readParts(snapshot, table('t', 'x'), 'UTF8', 1 << 20);
    const copying = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'`;
    for await (const part of parts) {
      for await (const _ of part.chunks) break;
      // The server is kept waiting with most of 100 MB to send.
      expect(await bench.server.query('app', copying)).toHaveLength(1);
      break;
    }
    await expect.poll(() => bench.server.query('app', copying), patient).toEqual([]);
    snapshot.release(busy);
    // Another connection takes the place of the one that was broken off.
    expect((await bench.read(snapshot, 't', ['x'])).length).toBe(100_100_000);
  });

  it('end with the reason of an interruption, and the server stops', async () => {
    await bench.server.query(
      'app',
      `CREATE TABLE t (x text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 100000)`,
    );
    const snapshot = await bench.open();
    const reading = (async () => {
      for await (const part of readParts(snapshot, table('t', 'x'), 'UTF8', 1 << 20)) {
        for await (const _ of part.chunks);
        bench.controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    await expect
      .poll(
        () => bench.server.query('postgres', `SELECT 1 FROM pg_stat_activity WHERE datname = 'app'`),
        patient,
      )
      .toEqual([]);
  });

  it('that break off with the connection are an error', async () => {
    await bench.server.query(
      'app',
      `CREATE TABLE t (x text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 100000)`,
    );
    const snapshot = await bench.open();
    const reading = (async () => {
      for await (const part of readParts(snapshot, table('t', 'x'), 'UTF8', 1 << 20)) {
        for await (const _ of part.chunks);
        await bench.server.query(
          'postgres',
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'`,
        );
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('was lost'),
    });
    await expect(bench.read(snapshot, 't')).rejects.toMatchObject({ code: 'failed' });
  });
});
