import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runTool, tool, type Found } from '../support/tools.ts';
import { privateApt } from './private-apt.ts';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'holdfast-servers');

/**
 * Unpacks packages of Debian, with all libraries they need and the C library, into a folder of that name below
 * node_modules/.cache, so that nothing is installed. The value is the folder; its `bin` holds one script for each of
 * `programs`, which are paths in the packages; they run on the unpacked libraries.
 * @param options `suite`: the newest (sid) unless given; `libraries`: folders of libraries below the usual ones
 */
export async function unpackDebianPackages(
  name: string,
  options: {
    packages: readonly string[];
    programs: readonly string[];
    suite?: string;
    libraries?: readonly string[];
  },
): Promise<Found<string>> {
  const target = join(CACHE, name);
  if (existsSync(target)) return { value: target };
  for (const program of ['apt-get', 'dpkg-deb']) {
    const { reason } = await tool(program);
    if (reason !== undefined) return { reason };
  }
  await mkdir(CACHE, { recursive: true });
  const unfinished = join(CACHE, `${name}.${randomUUID()}`);
  const state = await mkdtemp(join(tmpdir(), 'holdfast-apt-'));
  try {
    for (const archive of await download(options.packages, options.suite ?? 'sid', state)) {
      await runTool('dpkg-deb', ['-x', archive, unfinished]);
    }
    await writeScripts(unfinished, options.programs, options.libraries ?? []);
    // Renaming fails when another process has put its own there meanwhile: that one is as good.
    await rename(unfinished, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return { value: target };
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return { reason: `cannot get ${name} from Debian: ${stderr?.toString().trim() || message}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  }
}

/** Downloads packages and all they depend on. */
async function download(packages: readonly string[], suite: string, state: string): Promise<string[]> {
  const apt = await privateApt(state, { suite, types: ['deb'] });
  await apt.run(['-y', '--download-only', 'install', ...packages]);
  return apt.archives();
}

/** Writes the scripts that start the programs through the unpacked dynamic linker, on the unpacked libraries. */
async function writeScripts(
  root: string,
  programs: readonly string[],
  below: readonly string[],
): Promise<void> {
  const folders = await libraryFolders(root);
  const linker = await findLinker(root, folders);
  await mkdir(join(root, 'bin'), { recursive: true });
  for (const program of programs) {
    const script = join(root, 'bin', basename(program));
    const libraries = folders
      .flatMap((folder) => ['', ...below].map((name) => join('$root', folder, name)))
      .join(':');
    await writeFile(
      script,
      `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/..
exec "$root/${linker}" --library-path "${libraries}" "$root/${program}" "$@"
`,
    );
    await chmod(script, 0o755);
  }
}

/** Older suites keep some libraries in /lib, which was another folder then. */
async function libraryFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['usr/lib', 'lib']) {
    if (!existsSync(join(root, folder))) continue;
    const triple = (await readdir(join(root, folder))).find((entry) => entry.endsWith('-linux-gnu'));
    if (triple !== undefined) found.push(join(folder, triple));
  }
  return found;
}

async function findLinker(root: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const linker = (await readdir(join(root, folder))).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
    if (linker !== undefined) return join(folder, linker);
  }
  throw new Error('the packages hold no dynamic linker');
}
