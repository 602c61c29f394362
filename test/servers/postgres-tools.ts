import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path';
import { runTool, tool, type Found } from '../support/tools.ts';
import { unpackDebianPackages } from './debian-package.ts';
import type { PostgresServer } from './postgres.ts';

/** PostgreSQL's own client programs. */
export interface PostgresTools {
  readonly pgDump: string;
  readonly psql: string;
  /** The folder that holds both, to put first in a PATH. */
  readonly folder: string;
  /** The major version of pg_dump. */
  readonly version: number;
}

const NEWEST = 18;
const found = new Map<number, Promise<Found<PostgresTools>>>();

/**
 * Finds a pg_dump and a psql that know servers of this major version: on the PATH, else of Debian's newest suite,
 * unpacked into node_modules/.cache.
 */
export function findPostgresTools(serverVersion: number = NEWEST): Promise<Found<PostgresTools>> {
  const known = found.get(serverVersion) ?? find(serverVersion);
  found.set(serverVersion, known);
  return known;
}

async function find(serverVersion: number): Promise<Found<PostgresTools>> {
  const dumper = await tool('pg_dump');
  const psql = await tool('psql');
  if (dumper.reason === undefined && psql.reason === undefined) {
    // Side by side they are of one version.
    const version = await majorVersion(dumper.value);
    if (version >= serverVersion && dirname(dumper.value) === dirname(psql.value)) {
      return { value: { pgDump: dumper.value, psql: psql.value, folder: dirname(psql.value), version } };
    }
  }
  const programs = `usr/lib/postgresql/${NEWEST}/bin`;
  const unpacked = await unpackDebianPackages(`postgresql-client-${NEWEST}`, {
    packages: [`postgresql-client-${NEWEST}`],
    programs: [`${programs}/pg_dump`, `${programs}/psql`],
  });
  if (unpacked.reason !== undefined) {
    return { reason: `no pg_dump and psql for PostgreSQL ${serverVersion} or newer: ${unpacked.reason}` };
  }
  const folder = join(unpacked.value, 'bin');
  return { value: { pgDump: join(folder, 'pg_dump'), psql: join(folder, 'psql'), folder, version: NEWEST } };
}

async function majorVersion(program: string): Promise<number> {
  const { stdout } = await runTool(program, ['--version']);
  return Number(/(\d+)[.\d]*/.exec(stdout.toString())?.[1]);
}

/**
 * The dump of a database as pg_dump writes it, but for the random token that recent versions put into their
 * `\restrict` and `\unrestrict` lines: these are left out. Text in another encoding than UTF-8 comes as Latin-1.
 */
export async function pgDump(
  server: PostgresServer,
  database: string,
  args: readonly string[] = [],
): Promise<string> {
  const tools = await findPostgresTools(server.version);
  if (tools.reason !== undefined) throw new Error(tools.reason);
  const { stdout } = await runTool(tools.value.pgDump, [...args, '--dbname', server.url(database)]);
  return stdout.toString(isUtf8(stdout) ? 'utf8' : 'latin1').replaceAll(/^\\(un)?restrict \w+\n/gm, '');
}
