import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import type { Suite } from './suite.ts';

/** The folders below `folder`, a database each, made by the SQL files in it in the order of their names. */
export function fixtures(folder: string): Suite {
  return {
    name: 'fixtures',
    title: 'SQL fixtures',
    fillsPostgres: false,
    async fill(server) {
      const entries = await readdir(folder, { withFileTypes: true });
      const results: string[] = [];
      for (const { name } of entries.filter((entry) => entry.isDirectory())) {
        const files = (await readdir(join(folder, name))).filter((file) => file.endsWith('.sql')).toSorted();
        await server.query('postgres', `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
        const scripts = files.flatMap((file) => ['--file', join(folder, name, file)]);
        const { stderr } = await server.run('psql', ['--no-psqlrc', '--quiet', '--dbname', name, ...scripts]);
        results.push(`${name}: ${files.length} files\n${stderr}`.trim());
      }
      return { value: results.join('\n') };
    },
  };
}
