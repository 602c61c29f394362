import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { runRegress } from './pg-regress.ts';
import { testLibraries } from './regression.ts';
import type { SuiteServer } from './server.ts';
import type { Suite } from './suite.ts';

/** What the tests of the extensions leave behind, a database each, and one with every extension that the packages hold. */
export const extensions: Suite = {
  name: 'extensions',
  title: "The tests of PostgreSQL's extensions (contrib)",
  fillsPostgres: false,
  async fill(server) {
    const libraries = await testLibraries(server);
    if (libraries.reason !== undefined) return libraries;
    const results = await runFolders(server, 'contrib', libraries.value);
    return { value: [...results, await createAll(server)].join('\n') };
  },
};

/** What the tests of the procedural languages leave behind. */
export const languages: Suite = {
  name: 'languages',
  title: 'The tests of PL/pgSQL, PL/Perl, PL/Python and PL/Tcl',
  fillsPostgres: false,
  async fill(server) {
    const libraries = await testLibraries(server);
    if (libraries.reason !== undefined) return libraries;
    const results = [
      ...(await runFolders(server, 'src/pl', libraries.value)),
      ...(await runFolders(server, 'src/pl/plpgsql', libraries.value)),
    ];
    return { value: results.join('\n') };
  },
};

/** Runs the tests that the makefiles of all folders below `parent` name. */
async function runFolders(server: SuiteServer, parent: string, libraries: string): Promise<string[]> {
  const results: string[] = [];
  const folder = join(server.installation.source, parent);
  for (const name of (await readdir(folder)).toSorted()) {
    const inputs = join(folder, name);
    const makefile = ['GNUmakefile', 'Makefile']
      .map((file) => join(inputs, file))
      .find((path) => existsSync(path));
    if (makefile === undefined || !existsSync(join(inputs, 'sql'))) continue;
    const { tests, load } = readMakefile(await readFile(makefile, 'utf8'));
    if (tests.length === 0) continue;
    const database = name === 'src' ? 'plpgsql' : name;
    results.push(`${database}: ${await runRegress(server, { inputs, database, tests, load }, libraries)}`);
  }
  return results;
}

/** The tests that a makefile of PostgreSQL names, and the extensions that have to be there before them. */
export function readMakefile(text: string): { tests: string[]; load: string[] } {
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n');
  const words = (variable: string): string[] =>
    lines.flatMap((line) => {
      const value = new RegExp(String.raw`^\s*${variable}\s*\+?=(.*)`).exec(line)?.[1] ?? '';
      return value.split(/\s+/).filter((word) => word !== '');
    });
  return {
    tests: words('REGRESS').filter((word) => !word.startsWith('$')),
    load: words('REGRESS_OPTS').flatMap((word) => /^--load-extension=(.+)/.exec(word)?.[1] ?? []),
  };
}

/** Makes every extension, all in one database, but for those that exclude each other or need what a server must load first. */
async function createAll(server: SuiteServer): Promise<string> {
  const database = 'every_extension';
  await server.query('postgres', `CREATE DATABASE ${database} TEMPLATE template0`);
  const names = await server.query<{ name: string }>(
    database,
    `SELECT name FROM pg_available_extensions
     WHERE installed_version IS NULL AND name <> 'test_pg_dump' ORDER BY name`,
  );
  const failed: string[] = [];
  for (const { name } of names) {
    const create = `CREATE EXTENSION IF NOT EXISTS ${escapeIdentifier(name)} CASCADE`;
    await server.query(database, create).catch((error: Error) => failed.push(`${name} (${error.message})`));
  }
  return `${database}: ${names.length - failed.length} extensions${failed.map((text) => `, not ${text}`).join('')}`;
}
