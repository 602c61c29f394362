import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { bundle } from './bundle.ts';
import { makeExecutable } from './executable.ts';
import { hostPlatform, PLATFORMS } from './platforms.ts';

// npm run build: dist/holdfast-<platform> for this machine. npm run build:all: for every platform, and dist/SHA256SUMS.

const root = join(import.meta.dirname, '..');
const folders = { root, cache: join(root, '.cache'), dist: join(root, 'dist') };
const all = process.argv.includes('--all');

const script = await bundle(join(root, 'src', 'main.ts'));
const paths: string[] = [];
for (const platform of all ? PLATFORMS : [hostPlatform()]) {
  const { path, made } = await makeExecutable(script, platform, folders);
  process.stdout.write(`${relative(root, path)}${made ? '' : ' is up to date'}\n`);
  paths.push(path);
}
if (all)
  await writeFile(join(folders.dist, 'SHA256SUMS'), (await Promise.all(paths.map(checksumLine))).join(''));

async function checksumLine(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `${hash.digest('hex')}  ${basename(path)}\n`;
}
