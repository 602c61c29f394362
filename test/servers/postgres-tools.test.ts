import { expect, it } from 'vitest';
import { required, runTool } from '../support/tools.ts';
import { startPostgres } from './postgres.ts';
import { findPostgresTools, pgDump } from './postgres-tools.ts';

it('dumps the same database twice to the same text', { timeout: 300_000 }, async (context) => {
  const tools = required(context, await findPostgresTools(18));
  const server = await startPostgres({ version: 18 });
  try {
    const sql = `CREATE TABLE greeting (word text); INSERT INTO greeting VALUES ('grüß dich 🌊')`;
    await runTool(tools.psql, ['--no-psqlrc', '--command', sql, '--dbname', server.url()]);
    const dump = await pgDump(server, 'postgres');
    expect(dump).toContain('grüß dich 🌊');
    expect(dump).not.toContain('restrict');
    expect(await pgDump(server, 'postgres')).toBe(dump);
    expect(await pgDump(server, 'postgres', ['--schema-only'])).not.toContain('grüß dich');
  } finally {
    await server.stop();
  }
});
