import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../test/support/tools.ts';
import type { SuiteServer } from './server.ts';

/** Tests in the form of pg_regress: scripts in `sql`, what they print in `expected`. */
export interface RegressRun {
  /** The folder of the source that holds `sql`. */
  readonly inputs: string;
  readonly database: string;
  /** The tests, or the options that name a schedule. */
  readonly tests: readonly string[];
  /** Extensions to create before. */
  readonly load?: readonly string[];
}

/**
 * Runs tests by PostgreSQL's own pg_regress; what they leave in the database is the point. The value is its summary. A test
 * that fails is no failure here.
 *
 * @param libraries the folder that tests load their C functions from
 */
export async function runRegress(
  server: SuiteServer,
  { inputs, database, tests, load = [] }: RegressRun,
  libraries: string,
): Promise<string> {
  const { programs } = server.installation;
  const work = join(server.folder, `regress-${database}`);
  // Tests write into their own folder.
  await cp(inputs, work, { recursive: true });
  await mkdir(join(work, 'testtablespace'), { recursive: true });
  await server.handOver(work);
  const program = join(programs, '..', 'lib', 'pgxs', 'src', 'test', 'regress', 'pg_regress');
  const options = {
    inputdir: work,
    outputdir: work,
    bindir: programs,
    dlpath: libraries,
    host: server.folder,
    port: String(server.port),
    user: 'postgres',
    dbname: database,
    'max-concurrent-tests': '20',
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const extensions = load.map((name) => `--load-extension=${name}`);
  const output = await runTool(program, ['--no-locale', ...args, ...extensions, ...tests], {
    cwd: work,
    env: server.environment,
    ...server.account,
  }).then(
    ({ stdout }) => stdout.toString(),
    (error: { code?: number; stdout?: Buffer; message: string }) => {
      if (error.code === 1 && error.stdout) return error.stdout.toString();
      throw error;
    },
  );
  return /^ *(All \d+ tests passed|\d+ of \d+ tests .*)\.? *$/m.exec(output)?.[1] ?? output.slice(-300);
}
