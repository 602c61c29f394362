import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { restore, withSource } from '../preflight-bench.ts';

const VERSIONS = [13, 18] as const;

const TABLE = `CREATE TABLE checked (id int CHECK (chk(id))); INSERT INTO checked VALUES (1)`;
const BY_SQL = `CREATE FUNCTION chk(int) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM ref HAVING true)'`;

describe.each(VERSIONS)('the failure of a load, in server %i', (version) => {
  let server: PostgresServer;
  let count = 0;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server?.stop());

  async function failureOf(sql: string): Promise<HoldfastError | null> {
    const [source, target] = [`source_${++count}`, `target_${count}`];
    await server.createDatabase(source);
    await server.createDatabase(target);
    await server.query(source, `CREATE TABLE ref (id int); INSERT INTO ref VALUES (1); ${sql}`);
    try {
      await withSource(server.url(source), (opened) => restore(server.url(target), opened));
      return null;
    } catch (error) {
      if (error instanceof HoldfastError) return error;
      throw error;
    }
  }

  it.each([
    ['chk', `${BY_SQL}; ${TABLE}`],
    [
      'public.chk(integer)',
      `CREATE FUNCTION chk(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM ref HAVING true); END'; ${TABLE}`,
    ],
    [
      'public.chk(integer)',
      `CREATE FUNCTION one(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION chk(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN one($1); END'; 
      CREATE TABLE checked (id int, c bool GENERATED ALWAYS AS (chk(id)) STORED); INSERT INTO checked VALUES (1)`,
    ],
  ])('says what helps the function %s, which names things without their schemas', async (name, sql) => {
    const error = await failureOf(sql);
    expect(error?.hint).toContain(`the function ${name} finds only what it names with its schema`);
    const mended = sql.replaceAll(/(?<=FROM |RETURN )(?=ref|one)/g, 'public.');
    expect(await failureOf(mended)).toBeNull();
    expect(await failureOf(`${sql}; ALTER FUNCTION chk(int) SET search_path = public`)).toBeNull();
  });

  it('says nothing of functions where something else is wrong', async () => {
    const error = await failureOf(
      `CREATE FUNCTION chk(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN current_setting('app.mode')::bool; END $$;
      SET app.mode = true; ${TABLE}`,
    );
    expect(error?.message).toContain('app.mode');
    expect(error?.hint).not.toContain('search_path');
  });
});
