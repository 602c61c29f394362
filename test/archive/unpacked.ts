import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

/** A new folder with `archive` unpacked into `unpacked`. */
export async function unpack(context: TestContext, archive: Buffer): Promise<string> {
  const unzip = required(context, await tool('unzip'));
  required(context, await tool('sha256sum'));
  const folder = await temporaryFolder();
  const path = join(folder, 'archive.zip');
  await writeFile(path, archive);
  await runTool(unzip, ['-q', path, '-d', join(folder, 'unpacked')], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return folder;
}

/** Makes SHA256SUMS, and unless `inManifest` is false the manifest, fit a changed file. */
export async function changeSum(
  folder: string,
  name: string,
  content: Buffer | string,
  inManifest = true,
): Promise<void> {
  const digest = (text: Buffer | string): string => createHash('sha256').update(text).digest('hex');
  const sumsPath = join(folder, 'unpacked', 'SHA256SUMS');
  const manifestPath = join(folder, 'unpacked', 'manifest.json');
  const sums = await readFile(sumsPath, 'utf8');
  const changed = sums.replace(new RegExp(`[0-9a-f]{64}(?=  ${name}\n)`), digest(content));
  expect(changed).not.toBe(sums);
  await writeFile(sumsPath, changed);
  if (!inManifest) return;
  const manifest = await readFile(manifestPath, 'utf8');
  await writeFile(manifestPath, manifest.replace(digest(sums), digest(changed)));
}
