import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../support/tools.ts';

/** apt-get with package sources, state and cache of its own: it changes nothing in the system. */
export interface PrivateApt {
  run(args: readonly string[], options?: { cwd: string }): Promise<void>;
  /** The packages that it has downloaded with `install --download-only`. */
  archives(): Promise<string[]>;
}

/**
 * Sets apt up in the empty folder `state` for one suite of Debian, from the mirror that the system uses. To apt nothing is
 * installed, so a package comes with everything that it depends on.
 */
export async function privateApt(
  state: string,
  options: { suite: string; types: readonly ('deb' | 'deb-src')[] },
): Promise<PrivateApt> {
  const mirror = await findMirror();
  for (const folder of ['lists', 'cache/archives']) {
    await mkdir(join(state, folder, 'partial'), { recursive: true });
  }
  await writeFile(join(state, 'status'), '');
  const sources = options.types.map((type) => `${type} ${mirror} ${options.suite} main\n`);
  await writeFile(join(state, 'sources.list'), sources.join(''));
  const settings = {
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': join(state, 'cache'),
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': process.env.USER ?? 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': 'true',
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const run: PrivateApt['run'] = async (args, where) =>
    void (await runTool('apt-get', [...flags, '-qq', ...args], where));
  await run(['update']);
  const archives = join(state, 'cache', 'archives');
  return {
    run,
    archives: async () =>
      (await readdir(archives)).filter((file) => file.endsWith('.deb')).map((file) => join(archives, file)),
  };
}

async function findMirror(): Promise<string> {
  const { stdout } = await runTool('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const mirror = stdout
    .toString()
    .split('\n')
    .find((uri) => uri !== '' && !uri.includes('security'));
  if (mirror === undefined) throw new Error('apt has no package sources');
  return mirror;
}
