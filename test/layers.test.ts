import { spawnSync } from 'node:child_process';
import { appendFile, copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const ALLOWED = [
  ['src/main.ts', "export * from './cli/run.ts';"],
  ['src/main.ts', 'process.exit(1);'],
  ['src/cli/commands/backup.ts', "export const load = (): unknown => import('../../workflow/backup.ts');"],
  ['src/cli/console.ts', "export * from 'chalk';"],
  ['src/workflow/backup.ts', "export * from '../database/registry.ts';"],
  ['src/database/registry.ts', "export const load = (): unknown => import('./postgres/engine.ts');"],
  ['src/database/postgres/a/b/c.ts', "export * from '../../../engine.ts';"],
  ['src/database/postgres/a/b/c.ts', "export * from '../../../../core/errors.ts';"],
  ['src/database/postgres/a/b/c.ts', "export * from '../../connection/url.ts';"],
  ['src/storage/s3/list.ts', "export * from '../../s3/client.ts';"],
] as const;

const FORBIDDEN = [
  ['src/main.ts', "export * from './workflow/backup.ts';"],
  ['src/cli/run.ts', "export * from '../main.ts';"],
  ['src/cli/run.ts', "export * from '../storage/local/local.ts';"],
  ['src/cli/run.ts', 'process.exit(1);'],
  ['src/workflow/backup.ts', "export * from '../cli/run.ts';"],
  ['src/workflow/backup.ts', "export * from '../database/postgres/engine.ts';"],
  ['src/workflow/backup.ts', "export * from 'chalk';"],
  ['src/workflow/backup.ts', "import { exit } from 'node:process'; exit(1);"],
  ['src/archive/reader.ts', "export * from '../crypt/key.ts';"],
  ['src/archive/reader.ts', "export type { Key } from '../crypt/key.ts';"],
  ['src/archive/reader.ts', "export const load = (): unknown => import('../crypt/key.ts');"],
  ['src/archive/deep/er/reader.ts', "export * from '../../../crypt/key.ts';"],
  ['src/core/errors.ts', "export * from '../s3/client.ts';"],
  ['src/database/url.ts', "export * from './postgres/url.ts';"],
  ['src/database/postgres/url.ts', "export * from '../registry.ts';"],
  ['src/database/postgres/url.ts', "export * from '../mysql/url.ts';"],
  ['src/database/postgres/a/b/c.ts', "export * from '../../../mysql/url.ts';"],
  ['src/storage/local/read.ts', "export * from '../../location/file.ts';"],
] as const;

it('lets imports run one way only', async () => {
  const folder = await temporaryFolder();
  await copyFile(join(ROOT, 'oxlint.config.ts'), join(folder, 'oxlint.config.ts'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, statement] of [...ALLOWED, ...FORBIDDEN]) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await appendFile(join(folder, file), `${statement}\n`);
  }

  const refused: string[] = [];
  for (const { filename, line } of restrictions(folder)) {
    const lines = (await readFile(join(folder, filename), 'utf8')).split('\n');
    refused.push(`${filename}: ${lines[line - 1]}`);
  }

  expect(refused.toSorted()).toEqual(
    FORBIDDEN.map(([file, statement]) => `${file}: ${statement}`).toSorted(),
  );
});

interface Report {
  diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[];
}

/** Where oxlint finds a restricted import or property below src/ of `folder`. */
function restrictions(folder: string): { filename: string; line: number }[] {
  const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  // Findings make it fail: its output is what counts.
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as Report;
  return diagnostics
    .filter(({ code }) => code.includes('no-restricted-'))
    .map(({ filename, labels }) => ({ filename, line: labels[0]?.span.line ?? 0 }));
}
