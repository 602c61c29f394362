import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { bundle } from './bundle.ts';
import { makeExecutable } from './executable.ts';
import { thirdPartyNotices } from './notices.ts';
import { hostPlatform, PLATFORMS } from './platforms.ts';

// npm run build: dist/holdfast-<platform> for this machine. npm run build:all: for every platform, and dist/SHA256SUMS.
// Both write dist/THIRD-PARTY-NOTICES.txt.

const root = join(import.meta.dirname, '..');
const folders = { root, cache: join(root, '.cache'), dist: join(root, 'dist') };
const all = process.argv.includes('--all');

const { script, inputs } = await bundle(root, 'src/main.ts');
const paths: string[] = [];
let changed = false;
for (const platform of all ? PLATFORMS : [hostPlatform()]) {
  const { path, made } = await makeExecutable(script, platform, folders);
  process.stdout.write(`${relative(root, path)}${made ? '' : ' is up to date'}\n`);
  paths.push(path);
  changed ||= made;
}
const notices = await thirdPartyNotices(root, inputs, hostPlatform().nodePackage);
await writeFile(join(folders.dist, 'THIRD-PARTY-NOTICES.txt'), notices);
const sums = join(folders.dist, 'SHA256SUMS');
if (all) await writeFile(sums, (await Promise.all(paths.map(checksumLine))).join(''));
// It would no longer be right.
else if (changed) await rm(sums, { force: true });

async function checksumLine(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `${hash.digest('hex')}  ${basename(path)}\n`;
}
