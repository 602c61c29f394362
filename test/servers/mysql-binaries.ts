import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, tool, type Found } from '../support/tools.ts';
import { unpackDebianPackages } from './debian-package.ts';

/**
 * Servers that startMysql knows: the MariaDB that is installed or else that of Debian 12 (10.11), and the newest MariaDB
 * and MySQL that Debian has.
 */
export type MysqlVersion = 'mariadb' | 'mariadb-newest' | 'mysql';

export const MYSQL_VERSIONS: readonly MysqlVersion[] = ['mariadb', 'mariadb-newest', 'mysql'];

/** The programs of one version. */
export interface MysqlBinaries {
  readonly flavor: 'mariadb' | 'mysql';
  /** The version as the server spells it. */
  readonly release: string;
  readonly server: string;
  /** What the server needs to find its own files. */
  readonly serverArguments: readonly string[];
  /** The folder with the scripts that make MariaDB's system tables. */
  readonly share: string;
  readonly client: string;
  readonly dump: string;
  /** What both clients need to find their own files. */
  readonly clientArguments: readonly string[];
}

/** Root may be the account of a server here: another one might not be able to read the programs. */
export const ACCOUNT: readonly string[] = process.getuid?.() === 0 ? ['--user=root'] : [];

const found = new Map<MysqlVersion, Promise<Found<MysqlBinaries>>>();

/** Finds the programs of a version, or unpacks those of Debian's packages into node_modules/.cache. */
export function findMysql(version: MysqlVersion): Promise<Found<MysqlBinaries>> {
  const known = found.get(version) ?? find(version);
  found.set(version, known);
  return known;
}

/** Finds the programs of all versions; those that cannot be had are named, with the reason, in a warning. */
export async function availableMysqlVersions(): Promise<MysqlVersion[]> {
  const available: MysqlVersion[] = [];
  for (const version of MYSQL_VERSIONS) {
    const { reason } = await findMysql(version);
    if (reason === undefined) available.push(version);
    else console.warn(`The server ${version} is not tested: ${reason}`);
  }
  return available;
}

async function find(version: MysqlVersion): Promise<Found<MysqlBinaries>> {
  if (version === 'mysql') {
    return unpacked('mysql-server', {
      packages: ['mysql-server-core', 'mysql-client-core'],
      programs: ['usr/sbin/mysqld', 'usr/bin/mysql', 'usr/bin/mysqldump'],
    });
  }
  const packages = {
    // The first for its plugins: ed25519.
    packages: ['mariadb-server', 'mariadb-server-core', 'mariadb-client'],
    programs: ['usr/sbin/mariadbd', 'usr/bin/mariadb', 'usr/bin/mariadb-dump'],
  };
  if (version === 'mariadb-newest') return unpacked('mariadb-server-newest', packages);
  return (await installed()) ?? unpacked('mariadb-server', { ...packages, suite: 'bookworm' });
}

/** The MariaDB of this machine, where it has a server and both clients. */
async function installed(): Promise<Found<MysqlBinaries> | undefined> {
  const [onPath, client, dump] = await Promise.all([tool('mariadbd'), tool('mariadb'), tool('mariadb-dump')]);
  const server = onPath.reason === undefined ? onPath.value : '/usr/sbin/mariadbd';
  if (!existsSync(server) || client.reason !== undefined || dump.reason !== undefined) return undefined;
  const { stdout } = await runTool(server, ['--no-defaults', ...ACCOUNT, '--verbose', '--help']);
  const share = /^character-sets-dir +(\S+)\/charsets\/?$/m.exec(stdout.toString())?.[1];
  if (share === undefined) return undefined;
  return describe('mariadb', {
    server,
    serverArguments: [],
    share,
    client: client.value,
    dump: dump.value,
    clientArguments: [],
  });
}

async function unpacked(
  name: string,
  options: { packages: readonly string[]; programs: readonly string[]; suite?: string },
): Promise<Found<MysqlBinaries>> {
  const folder = await unpackDebianPackages(name, options);
  if (folder.reason !== undefined) return folder;
  const root = folder.value;
  const [server, client, dump] = options.programs.map((program) =>
    join(root, 'bin', program.slice(program.lastIndexOf('/') + 1)),
  ) as [string, string, string];
  const flavor = server.endsWith('mariadbd') ? 'mariadb' : 'mysql';
  const shares = (await readdir(join(root, 'usr/share'))).filter(
    (entry) => entry === 'mysql' || entry === 'mariadb',
  );
  const share = shares
    .map((entry) => join(root, 'usr/share', entry))
    .find((path) => existsSync(join(path, 'charsets')));
  if (share === undefined) return { reason: `${name} has no folder of character sets` };
  const characterSets = `--character-sets-dir=${join(share, 'charsets')}`;
  return describe(flavor, {
    server,
    serverArguments: [
      `--basedir=${join(root, 'usr')}`,
      `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
      `--lc-messages-dir=${share}`,
      characterSets,
    ],
    share,
    client,
    dump,
    clientArguments: [characterSets],
  });
}

async function describe(
  flavor: 'mariadb' | 'mysql',
  programs: Omit<MysqlBinaries, 'flavor' | 'release'>,
): Promise<Found<MysqlBinaries>> {
  const { stdout } = await runTool(programs.server, ['--no-defaults', '--version']);
  const release = /Ver (\S+)/.exec(stdout.toString())?.[1];
  if (release === undefined) return { reason: `${programs.server} does not tell its version` };
  return { value: { flavor, release, ...programs } };
}
