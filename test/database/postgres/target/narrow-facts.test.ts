import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statement } from '../../../../src/database/engine.ts';
import { narrowFacts } from '../../../../src/database/postgres/target/narrow-facts.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { factsOf } from '../preflight-bench.ts';

describe('what a part of an archive asks of other versions', () => {
  const servers: PostgresServer[] = [];
  let newest: PostgresServer;
  let oldest: PostgresServer;
  beforeAll(async () => {
    newest = await startPostgres({ version: 18 });
    servers.push(newest);
    oldest = await startPostgres({ version: 13 });
    servers.push(oldest);
    await newest.createDatabase('app');
    await newest.query(
      'app',
      `CREATE TABLE plain (id integer, c integer);
      CREATE TABLE newer (a integer, c integer GENERATED ALWAYS AS (a + 1), spans int4multirange[], CONSTRAINT "Odd key" CHECK (a > 0) NOT ENFORCED);
      CREATE VIEW viewed AS SELECT any_value(id) FROM plain`,
    );
    await oldest.createDatabase('app');
    await oldest.query('app', 'CREATE VIEW factorial AS SELECT !! 5 AS a; CREATE TABLE plain (id integer)');
  }, 120_000);
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  async function demands(server: PostgresServer, ...statements: Statement[]) {
    const { requires } = await narrowFacts(await factsOf(server.url('app')), listed(statements));
    return requires?.demands;
  }

  it('is nothing for a table that uses nothing new', async () => {
    const plain = table('plain', 'CREATE TABLE public.plain (id integer, c integer);');
    expect((await demands(newest, plain))?.newer).toMatchObject({ features: [], functions: [] });
    expect((await demands(oldest, plain))?.versions).toEqual([]);
  });

  it('is what its own columns, constraints and types use', async () => {
    const newer = table('newer', 'CREATE TABLE public.newer (a integer, spans int4multirange[], …);');
    const found = (await demands(newest, newer))?.newer;
    expect(found?.features.map(({ names }) => names)).toEqual([
      ['public.Odd key on newer'],
      ['public.newer.c'],
    ]);
    expect(found?.types).toEqual(['_int4multirange']);
  });

  it('is what its views call', async () => {
    const view = { ...table('viewed', 'CREATE VIEW public.viewed AS SELECT any_value(id) …;'), kind: 'VIEW' };
    expect((await demands(newest, view))?.newer?.functions).toEqual(['any_value/1']);
  });

  it('is what newer servers refuse', async () => {
    const view = { ...table('factorial', 'CREATE VIEW public.factorial AS SELECT !! 5;'), kind: 'VIEW' };
    expect((await demands(oldest, view))?.versions?.map(({ names }) => names)).toEqual([
      ['public.factorial'],
    ]);
  });
});

function table(name: string, sql: string): Statement {
  return { kind: 'TABLE', schema: 'public', name, sql };
}

async function* listed(statements: readonly Statement[]): AsyncIterable<Statement> {
  yield* statements;
}
