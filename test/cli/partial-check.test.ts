import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, it } from 'vitest';
import { runHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

let cwd: string;
let archive: Buffer;
const folder = folderOfFile();

beforeAll(async () => {
  cwd = await folder;
  await mkdir(join(cwd, 'up', 'deep'), { recursive: true });
  await writeFile(join(cwd, 'up', 'deep', 'one %41.bin'), randomBytes(50_000));
  await writeFile(join(cwd, 'up', 'other.bin'), randomBytes(50_000));
  const database = new DatabaseSync(join(cwd, 'app.db'));
  database.exec('CREATE TABLE notes (text TEXT)');
  database.close();
  const backup = ['backup', 'app.zip', '--database', 'sqlite:app.db', '--storage', 'up'];
  const { code, stderr } = await runHoldfast(backup, { cwd });
  if (code !== 0) throw new Error(stderr);
  archive = await readFile(join(cwd, 'app.zip'));
});

/** Writes the archive with one byte changed in the middle of the data of an entry, whose name ends with `suffix`. */
async function damage(suffix: string): Promise<void> {
  const bytes = Buffer.from(archive);
  for (let header = 0; (header = bytes.indexOf('PK\x03\x04', header)) !== -1; header += 4) {
    const name = bytes.subarray(header + 30, header + 30 + bytes.readUInt16LE(header + 26)).toString();
    if (!name.endsWith(suffix)) continue;
    const next = bytes.indexOf('PK', header + 30 + name.length);
    const at = (header + 30 + name.length + next) >> 1;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return writeFile(join(cwd, 'damaged.zip'), bytes);
  }
  throw new Error(`the archive has no entry ${suffix}`);
}

let count = 0;

/** Restores and returns the exit code; nothing may be made unless that is 0. */
async function restore(args: readonly string[]): Promise<number | null> {
  const target = `target-${++count}`;
  const places = [
    ...(args.includes('--skip-database') ? [] : ['--database', `sqlite:${target}.db`]),
    ...(args.includes('--skip-files') ? [] : ['--storage', `up=${target}`]),
  ];
  const { code } = await runHoldfast(['restore', 'damaged.zip', ...args, ...places], { cwd });
  const made = (await readdir(cwd)).filter((name) => name.includes(target));
  expect(made.length > 0).toBe(code === 0);
  return code;
}

const WHOLE: readonly string[] = [];
const DATABASE = ['--skip-files'];
const FILES = ['--skip-database'];
const FILE = ['--skip-database', '--file', 'one*'];
const TREE = ['--skip-database', '--file', 'deep'];
const FILE_AND_DATABASE = ['--file', 'deep/one %41.bin'];
const OTHER_FILE = ['--skip-database', '--file', 'other.bin'];

it.each([
  ['other.bin', [DATABASE, FILE, TREE, FILE_AND_DATABASE], [WHOLE, FILES, OTHER_FILE]],
  ['one %2541.bin', [DATABASE, OTHER_FILE], [WHOLE, FILES, FILE, TREE, FILE_AND_DATABASE]],
  ['.zst', [FILES, FILE, OTHER_FILE], [WHOLE, DATABASE, FILE_AND_DATABASE]],
  ['up.jsonl', [DATABASE], [WHOLE, FILES, FILE, OTHER_FILE]],
  ['SHA256SUMS', [], [WHOLE, DATABASE, FILES, FILE]],
  ['RESTORE.md', [DATABASE, FILES, FILE], [WHOLE]],
] as const)('damage to %s ends the restores that need it, and no other', async (entry, good, bad) => {
  await damage(entry);
  for (const args of good) expect([args, await restore(args)]).toEqual([args, 0]);
  for (const args of bad) expect([args, await restore(args)]).toEqual([args, 4]);
});
