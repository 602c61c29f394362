import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeIndex } from '../../../src/archive/storage-index.ts';
import { findS3, type S3Server, startS3 } from '../../servers/s3.ts';
import { folderOfFile } from '../../support/temporary-folder.ts';
import { required, runTool, tool } from '../../support/tools.ts';
import { HOSTILE_PATHS as PATHS } from './hostile-paths.ts';
import { backUp } from './s3-backup.ts';

const found = await findS3();
const folder = await folderOfFile();
if (found.reason !== undefined) console.warn(`skipped hostile-keys.test.ts: ${found.reason}`);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.skipIf(found.reason !== undefined)('keys of any form', () => {
  let server: S3Server;
  let archive = '';
  let problems: readonly string[] = [];
  beforeAll(async () => {
    server = await startS3();
    const bucket = await server.newBucket();
    for (const path of PATHS) {
      const content = { Bucket: bucket, Key: `up/${path}`, Body: `content of ${path}` };
      await server.client.send(new PutObjectCommand(content));
    }
    const result = await backUp(server.url(bucket, 'up'), folder);
    archive = result.archive;
    problems = result.problems;
  });
  afterAll(() => server.stop());

  it('are in the index as they are, and their contents under names that decode to them', async (context) => {
    const python = required(context, await tool('python3'));
    const program = `import sys, json, zipfile, hashlib
z = zipfile.ZipFile(sys.argv[1])
print(json.dumps({n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist()}))`;
    const { stdout } = await runTool(python, ['-c', program, archive]);
    const sums = JSON.parse(stdout.toString()) as Record<string, string>;
    const index =
      'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("storage/up.jsonl"))';
    const { stdout: lines } = await runTool(python, ['-c', index, archive]);
    expect(problems).toEqual([]);
    const items = await Array.fromAsync(decodeIndex(ReadableStream.from([lines]), 'up'));
    expect(items.map(({ path }) => path.toString()).toSorted()).toEqual(PATHS.toSorted());
    for (const { path, entry } of items) expect(sums[entry]).toBe(sha256(`content of ${path.toString()}`));
  });

  it.each([
    ['unzip', ['-tq']],
    ['7z', ['t', '-bso0']],
    ['bsdtar', ['-tf']],
    ['python3', ['-c', 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())']],
  ])('make names that %s takes', async (name, args) => {
    const program = await tool(name);
    if (program.reason !== undefined) return console.warn(`skipped ${name}: ${program.reason}`);
    await runTool(program.value, [...args, archive], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  });

  it('lie inside the folder that bsdtar unpacks them into, all of them that a disk can name', async (context) => {
    const bsdtar = required(context, await tool('bsdtar'));
    const unpacked = join(folder, 'unpacked');
    await mkdir(unpacked);
    const tooLong = ['--exclude', '*kkkkkkkk*', '--exclude', '*éééé*', '--exclude', '*%01%01%01*'];
    await runTool(bsdtar, ['-xf', archive, '-C', unpacked, ...tooLong], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    const { stdout } = await runTool('find', [join(unpacked, 'storage', 'up'), '-type', 'f', '-print0']);
    expect(stdout.toString().split('\0').filter(Boolean)).toHaveLength(PATHS.length - 3);
  });
});
