import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../../src/core/journal-record.ts';
import type { DatabaseTarget } from '../../../../src/database/engine.ts';
import { settle } from '../../../../src/database/postgres/target/settle.ts';
import { createTable, facts, useTargetBench } from '../target-bench.ts';

const bench = useTargetBench();
const inOneTransaction = { jobs: 1 };

const ask = (record: JournalRecord, url: string | null = null) =>
  settle(record, { url, env: {}, reporter: bench.reporter, signal: new AbortController().signal });
const begun = async (target: DatabaseTarget): Promise<JournalRecord> => {
  await target.begin(facts());
  await target.execute(createTable);
  return JSON.parse(JSON.stringify(target.record())) as JournalRecord;
};
const committed = async (): Promise<JournalRecord> => {
  const target = await bench.open(inOneTransaction);
  const record = await begun(target);
  await target.commit();
  return record;
};
const skipped = expect.stringContaining('holdfast restore --recover --skip-database');

describe('a record', () => {
  it('holds what leads to the same server, and no secret', async () => {
    const url = bench.server.url('app').replace('postgres@', 'postgres:s3cret@');
    const target = await bench.open({
      ...inOneTransaction,
      url: `${url}?sslmode=prefer&connect_timeout=7&sslpassword=s3cret&passfile=some/where&options=-c%20work_mem%3D9MB`,
    });
    await target.begin(facts());
    const record = target.record();
    expect(JSON.stringify(record)).not.toContain('s3cret');
    expect(record['url']).toBe(
      `postgres://postgres@127.0.0.1:${bench.server.port}/app?passfile=${encodeURIComponent(`${process.cwd()}/some/where`)}` +
        '&connect_timeout=7&options=-c%20work_mem%3D9MB&sslmode=prefer',
    );
  });

  it('leads through a socket folder too', async () => {
    const target = await bench.open({ ...inOneTransaction, url: bench.server.socketUrl('app') });
    const record = await begun(target);
    await target.commit();
    expect(await ask(record)).toBe('committed');
  });

  it('is refused when it makes no sense', async () => {
    const record = await committed();
    for (const change of [
      { engine: 'mysql' },
      { url: 'mysql://x' },
      { transaction: '1; DROP' },
      { oid: 5 },
      { system: '' },
      { timeline: 1 },
    ]) {
      await expect(ask({ ...record, ...change })).rejects.toMatchObject({ code: 'refused', hint: skipped });
    }
  });
});

describe('settle', () => {
  it('tells a load that was committed from one that was not', async () => {
    const record = await committed();
    expect(await ask(record)).toBe('committed');
    await bench.server.query('app', 'DROP TABLE t');
    const target = await bench.open(inOneTransaction);
    const other = await begun(target);
    await target.rollback();
    expect(await ask(other)).toBe('rolled back');
    // Where the user says, when it is the database.
    expect(await ask({ ...record, url: 'postgres://127.0.0.1:1/app' }, bench.server.socketUrl('app'))).toBe(
      'committed',
    );
    expect(await ask(record, bench.server.url('postgres'))).toBe('committed');
    expect(await ask(record, 'mysql://127.0.0.1:1/app')).toBe('committed');
  });

  it('names the process that still has it', { timeout: 60_000 }, async () => {
    const record = await begun(await bench.open(inOneTransaction));
    await expect(ask(record)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(`process ${String(record['process'])} (idle in transaction)`),
      hint: expect.stringContaining(`pg_terminate_backend(${String(record['process'])})`),
    });
  });

  it('waits for a server that is about to notice', async () => {
    const record = await begun(await bench.open(inOneTransaction));
    const asking = ask(record);
    await bench.server.query('postgres', `SELECT pg_terminate_backend(${String(record['process'])})`);
    expect(await asking).toBe('rolled back');
  });

  it('says that the server cannot be reached', async () => {
    const record = await committed();
    await expect(ask({ ...record, url: 'postgres://127.0.0.1:1/app' })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('refused'),
      hint: skipped,
    });
  });

  it('says that it is another database, or gone', async () => {
    const record = await committed();
    await expect(ask({ ...record, system: '42' })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /it was "app" \(oid \d+, server 42\) and is "app" \(oid \d+, server \d{6,}\)/,
      ),
      hint: skipped,
    });
    await bench.server.dropDatabase('app');
    await expect(ask(record)).rejects.toMatchObject({
      message: expect.stringContaining('does not exist'),
      hint: skipped,
    });
    await bench.server.createDatabase('app');
    await expect(ask(record)).rejects.toMatchObject({
      message: expect.stringContaining('another database'),
      hint: skipped,
    });
  });

  it('knows what a number means on another server of the same family', async () => {
    const record = await committed();
    const later = String(BigInt(String(record['transaction'])) + 1_000_000n);
    expect(await ask({ ...record, transaction: later })).toBe('rolled back');
    expect(await ask({ ...record, timeline: '000000FF' })).toBe('committed');
    await bench.server.query('app', 'DROP TABLE t');
    await expect(ask({ ...record, timeline: '000000FF' })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('a standby has taken over'),
      hint: skipped,
    });
    expect(await ask(record)).toBe('committed');
    await expect(ask({ ...record, transaction: '100' })).rejects.toMatchObject({
      message: expect.stringContaining('has forgotten'),
      hint: skipped,
    });
  });
});
