import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutcomeUnknown } from '../../../../src/database/engine.ts';
import { startCuttingProxy } from '../../../support/cutting-proxy.ts';
import { createTable, facts, statement, table, useTargetBench } from '../target-bench.ts';

const bench = useTargetBench();
const inOneTransaction = { jobs: 1 };

describe('a commit', () => {
  it('of deferred constraints that do not hold changes nothing', async () => {
    const target = await bench.open(inOneTransaction);
    await target.begin(facts());
    await target.execute(statement('CREATE TABLE public.t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);'));
    await target.load(table, Readable.from([Buffer.from('1\n1\n')]));
    await expect(target.commit()).rejects.toMatchObject({
      message: expect.stringMatching(/as it was.*duplicate key/),
    });
    expect(await bench.tables()).toEqual([]);
  });

  it('waits for the disk also where the server would not', async () => {
    expect(await bench.server.query('app', 'SHOW synchronous_commit')).toEqual([
      { synchronous_commit: 'off' },
    ]);
    const target = await bench.open(inOneTransaction);
    await target.begin(facts());
    await target.execute(
      statement(
        `DO $$ BEGIN IF current_setting('synchronous_commit') = 'off' THEN RAISE 'off'; END IF; END $$`,
      ),
    );
    await target.commit();
  });

  it('of a failed transaction is no success', async () => {
    const target = await bench.open(inOneTransaction);
    await target.begin(facts());
    await expect(target.execute(statement('SELECT 1/0;'))).rejects.toThrow('division by zero');
    await expect(target.commit()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('rolled'),
    });
  });

  it.each([
    { before: false, once: true, ended: 'committed' },
    { before: true, once: true, ended: 'aborted' },
    { before: false, once: false, ended: 'unknown' },
  ])('whose answer is lost is looked into: $ended', async ({ before, once, ended }) => {
    const proxy = await startCuttingProxy(bench.server.port, 'COMMIT\0', { before, once });
    onTestFinished(() => proxy.close());
    const target = await bench.open({
      ...inOneTransaction,
      url: `postgres://postgres@127.0.0.1:${proxy.port}/app`,
    });
    await target.begin(facts());
    await target.execute(createTable);
    if (ended === 'committed') {
      await target.commit();
    } else {
      const message =
        ended === 'aborted' ? 'the database is as it was' : 'it is not known whether the load was committed';
      const error = await target.commit().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining(message) });
      expect(error instanceof OutcomeUnknown).toBe(ended === 'unknown');
      if (ended === 'unknown') {
        expect(error).toMatchObject({
          hint: expect.stringMatching(/restore --recover.*pg_xact_status\('\d+'\)/),
        });
      }
    }
    expect(await bench.tables()).toHaveLength(ended === 'aborted' ? 0 : 2);
  });
});
