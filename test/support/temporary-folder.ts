import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { memoryRoot } from './memory-root.ts';

/** Makes an empty folder for the test that runs now; it is removed when that test has finished. */
export async function temporaryFolder(): Promise<string> {
  const folder = await emptyFolder();
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** The same in memory where that can be, for tests that make very many files. */
export async function memoryFolder(): Promise<string> {
  const folder = await emptyFolder(await memoryRoot());
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** Makes an empty folder for all tests of a file, to be called at its top; it is removed after the last. */
export async function folderOfFile(): Promise<string> {
  const folder = await emptyFolder();
  afterAll(() => removeFolder(folder));
  return folder;
}

async function emptyFolder(root: string = tmpdir()): Promise<string> {
  return mkdtemp(join(await realpath(root), 'holdfast-test-'));
}

/** Removes a folder with all it holds, folders without write permission too. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    execFileSync('chmod', ['-R', 'u+rwX', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}
