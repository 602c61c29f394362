import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Passwords that a schema itself holds are in its archives; nobody hears of them.
const SECRET = 'Xyzzy-Plugh';
const MODES = [[], ['--verbose'], ['--json', '--verbose']];

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('app');
  await server.createDatabase('empty');
  await server.query(
    'app',
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (token '${SECRET}');
    CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password '${SECRET}');
    CREATE FOREIGN TABLE f (x int) SERVER s OPTIONS (key '${SECRET}');`,
  );
  await server.query(
    'app',
    `CREATE SUBSCRIPTION u CONNECTION 'host=nowhere password=${SECRET}' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
  );
});
afterAll(() => server.stop());

async function expectSilence(args: readonly string[], code: number, env = {}): Promise<void> {
  for (const mode of MODES) {
    const result = await runHoldfast([...args, ...mode], { env });
    expect(result).toMatchObject({ code });
    expect(result.stdout + result.stderr).not.toContain(SECRET);
  }
}

it(
  'tells no password of a schema, and none of a database to compare with',
  { timeout: 120_000 },
  async () => {
    const archive = join(await temporaryFolder(), 'app.zip');
    await expectSilence(['backup', archive, '--overwrite', '--database', server.url('app')], 0);
    await expectSilence(['inspect', archive], 0);
    await expectSilence(['restore', archive, '--database', server.url('empty'), '--dry-run'], 0);
    for (const change of [
      `ALTER USER MAPPING FOR PUBLIC SERVER s OPTIONS (SET password 'other-${SECRET}')`,
      `ALTER SERVER s OPTIONS (SET token 'other-${SECRET}')`,
      `ALTER FOREIGN TABLE f OPTIONS (SET key 'other-${SECRET}')`,
      `ALTER SUBSCRIPTION u CONNECTION 'host=nowhere password=other-${SECRET}'`,
    ]) {
      await server.query('app', change);
    }
    await expectSilence(['verify', archive, '--against', server.url('app')], 4);
    await expectSilence(['verify', archive], 1, {
      HOLDFAST_AGAINST: `postgres://postgres:${SECRET}@127.0.0.1:1/app`,
    });
  },
);
