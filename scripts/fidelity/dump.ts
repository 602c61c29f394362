import { readFile } from 'node:fs/promises';
import { runTool } from '../../test/support/tools.ts';
import type { SuiteServer } from './server.ts';

/** Writes what the server's own pg_dump says of a database, schema and rows, into a file. */
export async function dump(server: SuiteServer, database: string, file: string): Promise<void> {
  // Otherwise every dump has a random key of its own.
  const args = ['--create', '--restrict-key=fidelity', '--file', file, '--dbname', database];
  await server.run('pg_dump', args);
}

/** The number of lines of a dump, and of its entries by kind of object. */
export async function measureDump(file: string): Promise<{ lines: number; objects: Map<string, number> }> {
  const text = await readFile(file, 'latin1');
  const objects = new Map<string, number>();
  for (const [, kind = ''] of text.matchAll(/^-- (?:Name|Data for Name): .*; Type: ([^;]+); Schema: /gm)) {
    objects.set(kind, (objects.get(kind) ?? 0) + 1);
  }
  return { lines: text.split('\n').length - 1, objects };
}

/** How two dumps differ, as diff says it, each place under the heading of its object. Empty when they are equal. */
export async function compareDumps(first: string, second: string): Promise<string> {
  return runTool('diff', ['--text', '-U3', '--show-function-line=^-- .*Name: ', first, second]).then(
    () => '',
    (error: { code?: number; stdout: Buffer }) => {
      if (error.code === 1) return error.stdout.toString('latin1');
      throw error;
    },
  );
}

/** How many lines a diff takes away or adds. */
export function countLines(diff: string): number {
  // The first two name the files.
  return diff
    .split('\n')
    .slice(2)
    .filter((line) => /^[-+]/.test(line)).length;
}
