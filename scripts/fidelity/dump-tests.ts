import { join } from 'node:path';
import { type Found, runTool, tool } from '../../test/support/tools.ts';
import type { SuiteServer } from './server.ts';
import type { Suite } from './suite.ts';

/** The objects that the tests of pg_dump are about. */
export const dumpTests: Suite = {
  name: 'pg_dump',
  title: "The objects of pg_dump's own tests",
  fillsPostgres: true,
  fill: (server) => runPerlTest(server, 'src/bin/pg_dump/t/002_pg_dump.pl'),
};

/** Those of its tests with an extension. */
export const dumpExtensionTests: Suite = {
  name: 'pg_dump-extension',
  title: "The objects of pg_dump's tests with an extension",
  fillsPostgres: true,
  fill: (server) => runPerlTest(server, 'src/test/modules/test_pg_dump/t/001_base.pl'),
};

/**
 * Runs a test script up to where it has made its objects. The modules that come before it are PostgreSQL's own test modules,
 * made of no more than the way to the server: the first thing that is tested ends the script.
 */
async function runPerlTest(server: SuiteServer, path: string): Promise<Found<string>> {
  const perl = await tool('perl');
  if (perl.reason !== undefined) return perl;
  const { stdout, stderr } = await runTool(
    perl.value,
    [`-I${join(import.meta.dirname, 'perl')}`, join(server.installation.source, path)],
    // Hashes in the same order every time: objects are made in that order.
    { cwd: server.folder, env: { ...server.environment, with_icu: 'yes', PERL_HASH_SEED: '0' } },
  );
  const messages = `${stdout.toString()}${stderr}`;
  return { value: messages.trim() };
}
