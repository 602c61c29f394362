import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fillPkgCache, pinnedNode } from './node-binary.ts';
import { executableName, type Platform } from './platforms.ts';
import { run } from './run.ts';

/** Where a build reads and writes. */
export interface BuildFolders {
  /** The project: package-lock.json and node_modules. */
  readonly root: string;
  /** Kept between builds. */
  readonly cache: string;
  /** Takes the executables. */
  readonly dist: string;
}

/**
 * Packs `script`, one CommonJS text, and the pinned Node binary into the executable for `platform`.
 * Nothing is done when the last build had the same script, Node and pkg.
 *
 * @returns the executable's path, and whether it was made anew.
 */
export async function makeExecutable(
  script: string,
  platform: Platform,
  { root, cache, dist }: BuildFolders,
): Promise<{ path: string; made: boolean }> {
  const path = join(dist, executableName(platform));
  const stamp = join(cache, `${executableName(platform)}.built-from`);
  const node = await pinnedNode(root, platform);
  const pkg = join(root, 'node_modules', '@yao-pkg', 'pkg');
  const { version } = JSON.parse(await readFile(join(pkg, 'package.json'), 'utf8')) as { version: string };
  const madeFrom = createHash('sha256').update([script, node.integrity, version].join('\0')).digest('hex');
  if (existsSync(path) && existsSync(stamp) && (await readFile(stamp, 'utf8')) === madeFrom) {
    return { path, made: false };
  }

  const home = join(cache, 'pkg');
  await fillPkgCache(node, home);
  await mkdir(dist, { recursive: true });
  // Node writes this path into the executable: it is the same whenever the script is.
  const source = join(cache, `holdfast-${madeFrom.slice(0, 16)}.cjs`);
  await writeFile(source, script);
  // Made aside and renamed: an executable that is running cannot be written over, and a build that fails leaves none.
  const work = await mkdtemp(join(cache, 'build-'));
  try {
    const output = join(work, executableName(platform));
    const target = `node${node.version}-${platform.name}`;
    // pkg keeps its cache below the home folder, wherever that is said to be.
    const environment = { HOME: home, USERPROFILE: home };
    const pkgCommand = join(pkg, 'lib-es5', 'bin.js');
    await run(
      process.execPath,
      [pkgCommand, '--sea', source, '--target', target, '--output', output],
      environment,
    );
    await rename(output, path);
  } finally {
    await rm(work, { recursive: true });
    await rm(source, { force: true });
  }
  await writeFile(stamp, madeFrom);
  return { path, made: true };
}
