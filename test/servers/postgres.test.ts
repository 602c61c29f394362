import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { installedPostgresVersions, PASSWORD_ROLE, startPostgres } from './postgres.ts';

describe('startPostgres', () => {
  it.each(installedPostgresVersions())('starts version %i', { timeout: 60_000 }, async (version) => {
    const server = await startPostgres({ version, settings: { work_mem: '7MB' } });
    try {
      const [row] = await server.query(
        'postgres',
        `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('work_mem') AS work_mem,
                current_setting('server_encoding') AS encoding, current_user AS role`,
      );
      expect(row).toEqual({ version, work_mem: '7MB', encoding: 'UTF8', role: 'postgres' });

      await server.createDatabase('latin "1"', { encoding: 'LATIN1', locale: 'C' });
      const shown = await server.query('latin "1"', 'SHOW server_encoding');
      expect(shown).toEqual([{ server_encoding: 'LATIN1' }]);
      await server.dropDatabase('latin "1"');
      await expect(server.query('latin "1"', 'SELECT 1')).rejects.toThrow('does not exist');
    } finally {
      await server.stop();
    }
    expect(existsSync(server.socketDir)).toBe(false);
  });

  it('asks the one role for its password, by TCP and by socket', { timeout: 60_000 }, async () => {
    const server = await startPostgres();
    try {
      for (const url of [
        server.url('postgres', PASSWORD_ROLE.name),
        server.socketUrl('postgres', PASSWORD_ROLE.name),
      ]) {
        const client = new Client(url);
        await client.connect();
        const { rows } = await client.query('SELECT current_user AS role');
        await client.end();
        expect(rows).toEqual([{ role: PASSWORD_ROLE.name }]);
        const wrong = new Client(url.replace(encodeURIComponent(PASSWORD_ROLE.password), 'wrong'));
        await expect(wrong.connect()).rejects.toThrow('password authentication failed');
      }
    } finally {
      await server.stop();
    }
  });

  it('does not outlive a process that is killed', { timeout: 60_000 }, async () => {
    const script = `
      const { startPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))});
      const server = await startPostgres();
      const [row] = await server.query('postgres', 'SELECT pg_postmaster_start_time()');
      process.stdout.write(JSON.stringify({ folder: server.socketDir, url: server.url(), started: row !== undefined }),
        () => process.kill(process.pid, 'SIGKILL'));`;
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--input-type=module', '--eval', script], (_error, stdout) =>
        resolve(stdout),
      );
    });
    const { folder, url, started } = JSON.parse(output);
    expect(started).toBe(true);
    await expect.poll(() => existsSync(folder), { timeout: 20_000 }).toBe(false);
    await expect(new Client(url).connect()).rejects.toThrow('ECONNREFUSED');
  });
});
