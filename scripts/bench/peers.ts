import { runTool, tool } from '../../test/support/tools.ts';
import type { Bench } from './bench.ts';

/** Debian's packages of the programs to compare with. */
const PACKAGES = {
  age: 'age',
  'age-keygen': 'age',
  mydumper: 'mydumper',
  myloader: 'mydumper',
  openssl: 'openssl',
  pg_dump: 'postgresql-client',
  pg_restore: 'postgresql-client',
  restic: 'restic',
  sha256sum: 'coreutils',
  sqlite3: 'sqlite3',
  tar: 'tar',
  unzip: 'unzip',
  zip: 'zip',
  zstd: 'zstd',
} as const;

export type Program = keyof typeof PACKAGES;

/** Those that tell their version on another way than by `--version`. */
const VERSION_ARGUMENTS: Partial<Record<Program, string>> = {
  openssl: 'version',
  restic: 'version',
  unzip: '-v',
};

/** Whether all these programs are installed. What is missing is told, with the job that is not measured for it. */
export async function havePrograms(
  bench: Bench,
  job: string,
  programs: readonly Program[],
): Promise<boolean> {
  const found = await Promise.all(programs.map((program) => tool(program)));
  const missing = programs.filter((_, index) => found[index]?.reason !== undefined);
  if (missing.length > 0) {
    const packages = new Set(missing.map((program) => PACKAGES[program]));
    bench.report.missing(
      `${job}: ${missing.join(', ')} not installed: apt-get install ${[...packages].join(' ')}`,
    );
    return false;
  }
  for (const program of programs) bench.report.program(await versionOf(program));
  return true;
}

/** With the name: `zip 3.0`. */
async function versionOf(program: Program): Promise<string> {
  const { stdout } = await runTool(program, [VERSION_ARGUMENTS[program] ?? '--version']);
  const version = /(?:^|[\sv])(\d+\.\d[\w.]*)/.exec(stdout.toString())?.[1];
  return `${program} ${version ?? 'of unknown version'}`;
}
