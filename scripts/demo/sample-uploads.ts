import { createHash } from 'node:crypto';
import { chmod, lutimes, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';

/** An uploaded file as the application's database lists it. */
export interface SampleFile {
  /** Below the folder of the uploads, with `/` between segments. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal digits. */
  readonly sha256: string;
}

/** Writes the uploaded files of the sample application into a new folder: some hundred, about 12 MB. */
export async function writeSampleUploads(folder: string): Promise<SampleFile[]> {
  const files: SampleFile[] = [];
  const put = async (path: string, content: string | Buffer, mode?: number): Promise<void> => {
    const bytes = Buffer.from(content);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    if (mode !== undefined) await chmod(join(folder, path), mode);
    files.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  };

  for (let number = 1; number <= 120; number += 1) {
    await put(`avatars/${number % 16}/${number}.png`, picture(48, number));
    await put(
      `invoices/2025/${String(1 + (number % 12)).padStart(2, '0')}/invoice ${10_000 + 5 * number}.txt`,
      invoice(number),
    );
  }
  for (let month = 1; month <= 12; month += 1) {
    await put(`exports/readings-${month}.csv.gz`, gzipSync(readings(month, 2_000)));
    await put(`exports/readings-${month}.csv`, readings(month, 500), 0o440);
  }
  await put('photos/harbour at dawn.png', picture(1_000, 7));
  await put('logs/access.log', readings(13, 80_000), 0o600);
  await put('noise.bin', noise(3_000_000, 99));
  await put('empty.txt', '');
  await put('.hidden', 'dot files are files too\n', 0o600);
  await put('bin/print-invoice.sh', '#!/bin/sh\nexec lp "$1"\n', 0o755);
  await put('-rf', 'starts with a dash\n');
  await put('CON.txt', 'a name that Windows keeps for itself\n');
  await put('names/price list (final) v2.txt', 'spaces\n');
  await put('names/50% off; "today" & \'only\' $HOME.txt', 'what a shell would read\n');
  await put('names/Ärger & Öl – 東京 🌊.txt', 'Unicode\n');
  await put('names/Cafe\u0301.txt', 'e and a combining accent\n');
  await put(`names/${'long-'.repeat(40)}.txt`, 'a name of 204 bytes\n');
  await put(`${'deep/'.repeat(20)}leaf.txt`, 'twenty levels down\n');

  await mkdir(join(folder, 'inbox', 'nothing here yet'), { recursive: true });
  await chmod(join(folder, 'inbox'), 0o750);
  await chmod(folder, 0o700);
  await symlink('invoices/2025/02/invoice 10005.txt', join(folder, 'latest invoice'));
  await symlink('../photos', join(folder, 'names', 'pictures'));
  await symlink('/nowhere/at/all', join(folder, 'broken link'));
  await setTimes(folder);
  return files;
}

/** Gives every path a time of last change in 2025, to the millisecond; folders after what they hold. */
async function setTimes(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  for (const [index, path] of paths.entries()) {
    const time = new Date(Date.UTC(2025, 0, 1) + index * 86_399_123);
    await lutimes(path, time, time);
  }
  const time = new Date(Date.UTC(2026, 0, 1));
  await lutimes(folder, time, time);
}

/** Bytes that do not compress, the same for the same seed (xorshift32 of Marsaglia, 2003). */
function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed * 2_654_435_761 || 1;
  for (let index = 0; index < size; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/** A square PNG of grey noise, `side` pixels wide. Format: https://www.w3.org/TR/png-3/ */
function picture(side: number, seed: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8;
  // Each row begins with its filter: 0, none.
  const rows = noise(side * (side + 1), seed);
  for (let row = 0; row < side; row += 1) rows[row * (side + 1)] = 0;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function invoice(number: number): string {
  const lines = Array.from(
    { length: 5 + (number % 20) },
    (_, night) => `night ${night + 1}    ${20 + (number % 25)}.00 €`,
  );
  return `Invoice ${10_000 + 5 * number}\n\n${lines.join('\n')}\n\nThank you! ⛵️\n`;
}

function readings(month: number, count: number): string {
  const line = (index: number): string =>
    `2025-${month},${index},${Math.sin(index / 7).toFixed(6)},${(index * 7) % 300}\n`;
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}
