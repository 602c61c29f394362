import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { recover } from '../../../../../src/database/postgres/target/staging/recover.ts';
import { targetOptions } from '../../../../support/engine-options.ts';
import { createTable, facts, table, useTargetBench } from '../../target-bench.ts';

const bench = useTargetBench();

const sideDatabases = async (): Promise<string[]> => {
  const sql = `SELECT datname AS name FROM pg_database WHERE datname LIKE '%\\_holdfast\\_%'`;
  return (await bench.server.query<{ name: string }>('postgres', sql)).map(({ name }) => name);
};

it('makes room in a database that the server cannot remove, says so, and removes it later', async () => {
  const target = await bench.open({ jobs: 2 });
  await target.begin(facts());
  await target.execute(createTable);
  const others = `CREATE TABLE public.u (t int REFERENCES public.t); CREATE VIEW public.v AS SELECT * FROM public.t`;
  await target.execute({ ...createTable, name: 'u', sql: others });
  await target.load(table, Readable.from(['1\n2\n']));
  const [side = ''] = await sideDatabases();
  // As with a full disk, where no checkpoint can be written: the server refuses.
  await bench.server.query('postgres', `ALTER DATABASE ${side} IS_TEMPLATE true`);
  const refusal = {
    code: 'failed',
    message: expect.stringContaining(
      `The server could not remove the database ${side}, which a restore left: `,
    ),
    hint: expect.stringContaining('holdfast restore --recover'),
  };
  await expect(target.rollback()).rejects.toMatchObject(refusal);
  expect(await bench.server.query(side, `SELECT relname FROM pg_class WHERE oid >= 16384`)).toEqual([]);

  const again = { ...targetOptions(bench.server.url('app')), dryRun: false };
  await expect(recover(again)).rejects.toMatchObject(refusal);
  await bench.server.query('postgres', `ALTER DATABASE ${side} IS_TEMPLATE false`);
  expect(await recover(again)).toMatchObject([{ outcome: 'rolled back' }]);
  expect(await sideDatabases()).toEqual([]);
});
