import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { privateApt } from '../../test/servers/private-apt.ts';
import { type Found, runTool, tool } from '../../test/support/tools.ts';

/** Debian's PostgreSQL with its procedural languages, and the source that it was built from. */
export interface Installation {
  /** What the packages hold, from `usr` on; nothing of it is installed. */
  readonly root: string;
  /** The programs of the server and its clients. */
  readonly programs: string;
  /** The shared libraries that the programs need. */
  readonly libraries: readonly string[];
  /** The unpacked source package. */
  readonly source: string;
  /** What the server says its version is, `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly version: string;
}

export const MAJOR_VERSION = 15;
/** The suite of Debian whose PostgreSQL is 15. */
const SUITE = 'bookworm';
const PACKAGES = ['postgresql', 'postgresql-plperl', 'postgresql-plpython3', 'postgresql-pltcl'].map(
  (name) => `${name}-${MAJOR_VERSION}`,
);
const HEADERS = `postgresql-server-dev-${MAJOR_VERSION}`;
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'holdfast-fidelity');

/** Unpacks the packages and their source below node_modules/.cache, once. */
export async function findInstallation(): Promise<Found<Installation>> {
  const target = join(CACHE, `postgresql-${MAJOR_VERSION}`);
  if (existsSync(target)) return { value: await describe(target) };
  for (const program of ['apt-get', 'dpkg-deb', 'tar', 'bzip2']) {
    const { reason } = await tool(program);
    if (reason !== undefined) return { reason };
  }
  await mkdir(CACHE, { recursive: true });
  const unfinished = join(CACHE, `unfinished-${randomUUID()}`);
  const state = await mkdtemp(join(tmpdir(), 'holdfast-apt-'));
  try {
    await unpack(state, unfinished);
    await rename(unfinished, target);
    return { value: await describe(target) };
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return {
      reason: `cannot get PostgreSQL ${MAJOR_VERSION} from Debian: ${stderr?.toString().trim() || message}`,
    };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  }
}

async function unpack(state: string, target: string): Promise<void> {
  const [root, source] = [join(target, 'root'), join(target, 'source')];
  await mkdir(root, { recursive: true });
  await mkdir(source);
  const apt = await privateApt(state, { suite: SUITE, types: ['deb', 'deb-src'] });
  await apt.run(['-y', '--download-only', 'install', ...PACKAGES]);
  // What the headers' package depends on are compilers of several hundred megabytes.
  await apt.run(['download', HEADERS], { cwd: state });
  const headers = (await readdir(state)).filter((file) => file.startsWith(HEADERS));
  // The system's own C library goes with the dynamic linker that starts the programs.
  const packages = (await apt.archives()).filter((archive) => !basename(archive).startsWith('libc6_'));
  for (const archive of [...packages, ...headers.map((file) => join(state, file))]) {
    await runTool('dpkg-deb', ['-x', archive, root]);
  }
  await apt.run(['source', '--download-only', `postgresql-${MAJOR_VERSION}`], { cwd: state });
  const original = (await readdir(state)).find((file) => file.includes('.orig.tar'));
  if (original === undefined) throw new Error('the source package holds no source');
  await runTool('tar', ['-xf', join(state, original), '-C', source, '--strip-components=1']);
  // The extension that pg_dump's tests are about is in no package.
  const extensions = join(root, 'usr/share/postgresql', String(MAJOR_VERSION), 'extension');
  for (const file of ['test_pg_dump.control', 'test_pg_dump--1.0.sql']) {
    await copyFile(join(source, 'src/test/modules/test_pg_dump', file), join(extensions, file));
  }
}

async function describe(folder: string): Promise<Installation> {
  const root = join(folder, 'root');
  const libraries: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    if (!existsSync(join(root, parent))) continue;
    const triple = (await readdir(join(root, parent))).find((entry) => entry.endsWith('-linux-gnu'));
    if (triple !== undefined) libraries.push(join(root, parent, triple));
  }
  const programs = join(root, 'usr/lib/postgresql', String(MAJOR_VERSION), 'bin');
  const { stdout } = await runTool(join(programs, 'postgres'), ['--version'], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') },
  });
  const version = stdout
    .toString()
    .trim()
    .replace(/^postgres \(PostgreSQL\) /, '');
  return {
    root,
    programs,
    libraries,
    source: join(folder, 'source'),
    version,
  };
}
