import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fillPkgCache, pinnedNode } from './node-binary.ts';
import { executableName, type Platform } from './platforms.ts';
import { run } from './run.ts';

/** Runs pkg, as a process of its own. */
const PACKER = join(import.meta.dirname, 'pack-executable.ts');

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
  const manifest = join(root, 'node_modules', '@yao-pkg', 'pkg', 'package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const parts = [script, node.integrity, version, await readFile(PACKER, 'utf8')];
  const madeFrom = createHash('sha256').update(parts.join('\0')).digest('hex');
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
    const [os = '', arch = ''] = platform.name.split('-');
    // pkg keeps its cache below the home folder, wherever that is said to be.
    const environment = { HOME: home, USERPROFILE: home };
    await run(process.execPath, [PACKER, source, `node${node.version}`, os, arch, output], environment);
    await rename(output, path);
  } finally {
    await rm(work, { recursive: true });
    await rm(source, { force: true });
  }
  await writeFile(stamp, madeFrom);
  return { path, made: true };
}
