import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Found, runTool, tool } from '../../test/support/tools.ts';
import { runRegress } from './pg-regress.ts';
import type { SuiteServer } from './server.ts';
import type { Suite } from './suite.ts';

/** What PostgreSQL's own regression tests leave behind. */
export const regression: Suite = {
  name: 'regression',
  title: "PostgreSQL's regression tests",
  fillsPostgres: false,
  async fill(server) {
    const libraries = await testLibraries(server);
    if (libraries.reason !== undefined) return libraries;
    const inputs = join(server.installation.source, 'src/test/regress');
    const tests = [`--schedule=${join(inputs, 'parallel_schedule')}`];
    const run = { inputs, database: 'regression', tests };
    return { value: await runRegress(server, run, libraries.value) };
  },
};

/** The folder of the C functions that the tests of the server use: one library has to be compiled. */
export async function testLibraries(server: SuiteServer): Promise<Found<string>> {
  const { source, root, programs } = server.installation;
  const folder = join(server.folder, 'libraries');
  if (existsSync(folder)) return { value: folder };
  const compiler = await tool('gcc');
  if (compiler.reason !== undefined) return compiler;
  await mkdir(folder);
  const headers = ['postgresql/15/server', 'postgresql/internal', 'postgresql'];
  try {
    await runTool(compiler.value, [
      '-O1',
      '-w',
      '-fPIC',
      '-shared',
      '-fwrapv',
      ...headers.map((path) => `-I${join(root, 'usr/include', path)}`),
      '-o',
      join(folder, 'regress.so'),
      join(source, 'src/test/regress/regress.c'),
    ]);
  } catch (error) {
    return { reason: `regress.so cannot be compiled: ${(error as { stderr: Buffer }).stderr.toString()}` };
  }
  for (const name of ['autoinc.so', 'refint.so']) {
    await symlink(join(programs, '..', 'lib', name), join(folder, name));
  }
  await server.handOver(folder);
  return { value: folder };
}
