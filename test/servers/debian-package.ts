import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool, tool, type Found } from '../support/tools.ts';
import { privateApt } from './private-apt.ts';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'holdfast-servers');

/**
 * Unpacks a package of Debian's newest suite (sid), with all libraries it needs and the C library, below
 * node_modules/.cache, so that nothing is installed. The value is a folder with one script for each of `programs`,
 * which lie in `folder` of the package; they run on the unpacked libraries.
 */
export async function unpackDebianPackage(
  name: string,
  options: { programs: readonly string[]; folder: string },
): Promise<Found<string>> {
  const target = join(CACHE, name);
  if (existsSync(target)) return { value: join(target, 'bin') };
  for (const program of ['apt-get', 'dpkg-deb']) {
    const { reason } = await tool(program);
    if (reason !== undefined) return { reason };
  }
  await mkdir(CACHE, { recursive: true });
  const unfinished = join(CACHE, `${name}.${randomUUID()}`);
  const state = await mkdtemp(join(tmpdir(), 'holdfast-apt-'));
  try {
    for (const archive of await download(name, state)) await runTool('dpkg-deb', ['-x', archive, unfinished]);
    await writeScripts(unfinished, options);
    // Renaming fails when another process has put its own there meanwhile: that one is as good.
    await rename(unfinished, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return { value: join(target, 'bin') };
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return { reason: `cannot get ${name} from Debian: ${stderr?.toString().trim() || message}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  }
}

/** Downloads a package and all it depends on. */
async function download(name: string, state: string): Promise<string[]> {
  const apt = await privateApt(state, { suite: 'sid', types: ['deb'] });
  await apt.run(['-y', '--download-only', 'install', name]);
  return apt.archives();
}

/** Writes the scripts that start the programs through the unpacked dynamic linker, on the unpacked libraries. */
async function writeScripts(
  root: string,
  options: { programs: readonly string[]; folder: string },
): Promise<void> {
  const triple = (await readdir(join(root, 'usr/lib'))).find((entry) => entry.endsWith('-linux-gnu'));
  if (triple === undefined) throw new Error('the packages hold no libraries');
  const libraries = join('usr/lib', triple);
  const linker = (await readdir(join(root, libraries))).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
  if (linker === undefined) throw new Error('the packages hold no dynamic linker');
  await mkdir(join(root, 'bin'), { recursive: true });
  for (const program of options.programs) {
    const script = join(root, 'bin', program);
    await writeFile(
      script,
      `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/..
exec "$root/${libraries}/${linker}" --library-path "$root/${libraries}" "$root/${options.folder}/${program}" "$@"
`,
    );
    await chmod(script, 0o755);
  }
}
