import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { dumpExtensionTests, dumpTests } from './fidelity/dump-tests.ts';
import { extensions, languages } from './fidelity/extensions.ts';
import { fixtures } from './fidelity/fixtures.ts';
import { findHoldfast, type Holdfast } from './fidelity/holdfast.ts';
import { findInstallation, type Installation, MAJOR_VERSION } from './fidelity/installation.ts';
import { regression } from './fidelity/regression.ts';
import { markdown, type SuiteResult, summaryLine } from './fidelity/report.ts';
import { roundTrip } from './fidelity/round-trip.ts';
import { startSuiteServer, type SuiteServer } from './fidelity/server.ts';
import type { Suite } from './fidelity/suite.ts';

// npm run fidelity: backs up and restores the databases that PostgreSQL's own tests make, and compares. docs/fidelity.md
const USAGE =
  'node scripts/fidelity.ts [--suite NAME]… [--database NAME]… [--fixtures DIR] [--from-source] [--keep]';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true },
    database: { type: 'string', multiple: true },
    fixtures: { type: 'string' },
    'from-source': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) say(USAGE);
else process.exitCode = await compareAll();

/** The exit code: 0 when all dumps are equal. */
async function compareAll(): Promise<number> {
  const holdfast = findHoldfast({ fromSource: values['from-source'] });
  const suites = [dumpTests, dumpExtensionTests, regression, languages, extensions].concat(
    values.fixtures === undefined ? [] : fixtures(values.fixtures),
  );
  const chosen = suites.filter(({ name }) => values.suite?.includes(name) ?? true);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fidelity-results-'));
  const results: SuiteResult[] = [];

  const installation = await findInstallation();
  if (installation.reason === undefined) {
    say(`PostgreSQL ${installation.value.version}`);
    for (const suite of chosen) results.push(await runSuite(suite, installation.value, holdfast, folder));
    say(`\n${markdown(results, { version: installation.value.version, date: new Date() })}`);
  } else {
    say(`Nothing is compared: ${installation.reason}`);
  }
  const all = results.flatMap(({ databases }) => databases);
  const equal = all.filter(({ differing }) => differing === 0).length;
  say(
    `${equal} of ${all.length} databases of PostgreSQL ${MAJOR_VERSION} have the same dump after backup and restore.`,
  );
  if (values.keep) say(`Dumps and differences are in ${folder}`);
  else await rm(folder, { recursive: true });
  return equal === all.length && all.length > 0 ? 0 : 1;
}

async function runSuite(
  suite: Suite,
  from: Installation,
  holdfast: Holdfast,
  folder: string,
): Promise<SuiteResult> {
  say(`\n${suite.title}`);
  const server = await startSuiteServer(from);
  try {
    const filled = await suite.fill(server);
    if (filled.reason !== undefined) {
      say(`  left out: ${filled.reason}`);
      return { suite, databases: [], reason: filled.reason };
    }
    say(filled.value.replaceAll(/^/gm, '  '));
    const databases = [];
    const own = join(folder, suite.name);
    await mkdir(own);
    for (const database of await databasesOf(server)) {
      if (database === 'postgres' && !suite.fillsPostgres) continue;
      if (!(values.database?.includes(database) ?? true)) continue;
      const result = await roundTrip(server, database, { holdfast, folder: own });
      databases.push(result);
      say(`  ${summaryLine(result)}`);
    }
    return { suite, databases };
  } finally {
    await server.stop();
  }
}

/** The databases that a suite has made or filled. */
async function databasesOf(server: SuiteServer): Promise<string[]> {
  const rows = await server.query<{ datname: string }>(
    'template1',
    `SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2 AND datname NOT IN ('template0', 'template1')
     ORDER BY datname`,
  );
  return rows.map(({ datname }) => datname);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
