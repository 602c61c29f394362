import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { findPostgresTools, pgDump } from '../servers/postgres-tools.ts';
import { FILL_SAMPLE_EXTENSION, sampleExtension } from '../servers/sample-extension.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ extensions: sampleExtension() });
});
afterAll(() => server?.stop());

/** Large objects of several parts and several owners, and rows of an extension's that need each other. */
const FILL = `${FILL_SAMPLE_EXTENSION}
CREATE ROLE lo_owner;
SELECT lo_from_bytea(oid::oid, (SELECT string_agg(sha512(format('%s %s', oid, i)::bytea), '') FROM generate_series(1, 100000) AS i))
FROM generate_series(1, 3) AS oid;
SELECT lo_create(4), lo_put(lo_create(4294967295), 1000000, '\\x00');
ALTER LARGE OBJECT 2 OWNER TO lo_owner;
GRANT SELECT ON LARGE OBJECT 2, 3 TO PUBLIC;
COMMENT ON LARGE OBJECT 3 IS 'the third';`;

describe('large objects and what extensions hold for their users', () => {
  it('come back the same, with holdfast and without', { timeout: 120_000 }, async (context) => {
    const tools = required(context, await findPostgresTools(server.version));
    for (const name of ['unzip', 'zstd', 'sha256sum']) required(context, await tool(name));
    const cwd = await temporaryFolder();
    for (const name of ['objects', 'restored', 'by_hand']) await server.createDatabase(name);
    await server.query('objects', FILL);
    const holdfast = (database: string, ...args: string[]) =>
      runHoldfast(args, { cwd, env: { HOLDFAST_DATABASE: server.url(database) } });
    expect(await holdfast('objects', 'backup', 'a.zip')).toMatchObject({ code: 0 });
    expect(await holdfast('restored', 'restore', 'a.zip')).toMatchObject({ code: 0 });
    const original = await pgDump(server, 'objects');
    expect(await pgDump(server, 'restored')).toBe(original);

    await runTool('unzip', ['-q', 'a.zip', '-d', 'unpacked'], { cwd });
    const env = { ...process.env, PATH: `${tools.folder}:${process.env['PATH'] ?? ''}` };
    await runTool('sh', ['unpacked/restore.sh', server.url('by_hand')], { cwd, env });
    expect(await pgDump(server, 'by_hand')).toBe(original);

    const again = await holdfast('restored', 'restore', 'a.zip', '--overwrite', '--yes');
    expect(again).toMatchObject({ code: 0 });
    expect(await pgDump(server, 'restored')).toBe(original);
  });
});
