import { createCipheriv, type Cipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Dice, Prose } from './rows.ts';

const MEBIBYTE = 2 ** 20;
const FOLDERS = 100;
const TEXT_SENTENCES = 60_000;

/** Uploads: 2,000 files of 178 kB, 356 MB together, of which one in four is text and the others compress no further. */
export function makeUploads(folder: string, scale: number): void {
  makeFiles(folder, { count: amount(2000 * scale), bytes: 178_000, textEvery: 4 });
}

/** Files of some 4 KiB, of which one in four is text as with uploads. */
export function makeSmallFiles(folder: string, count: number, bytes = 4096): void {
  makeFiles(folder, { count: amount(count), bytes, textEvery: 4 });
}

/** One file that does not compress. */
export function makeLargeFile(path: string, bytes: number): void {
  const noise = noiseOf('large');
  const file = openSync(path, 'wx');
  try {
    for (let left = bytes; left > 0; left -= MEBIBYTE)
      writeSync(file, noise.update(Buffer.alloc(Math.min(left, MEBIBYTE))));
  } finally {
    closeSync(file);
  }
}

function makeFiles(folder: string, of: { count: number; bytes: number; textEvery: number }): void {
  const text = Buffer.from(new Prose(new Dice(3)).text(TEXT_SENTENCES));
  const noise = noiseOf('files');
  for (let name = 0; name < FOLDERS; name += 1) mkdirSync(join(folder, String(name)), { recursive: true });
  for (let index = 0; index < of.count; index += 1) {
    const isText = index % of.textEvery === 0;
    const start = (index * 7919) % (text.length - of.bytes);
    const content = isText ? text.subarray(start, start + of.bytes) : noise.update(Buffer.alloc(of.bytes));
    writeFileSync(join(folder, String(index % FOLDERS), `f${index}.${isText ? 'txt' : 'png'}`), content);
  }
}

/** Bytes that nothing compresses, the same ones for the same name. */
export function noiseOf(name: string): Cipheriv {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, name), Buffer.alloc(16));
}

function amount(count: number): number {
  return Math.max(1, Math.round(count));
}
