import { existsSync } from 'node:fs';
import {
  link,
  mkdir,
  open,
  readFile,
  readdir,
  readlink,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { editArchive } from '../archive/edited-archive.ts';
import { ATTACKS, mountAttack, promiseEntries } from '../archive/hostile.ts';
import { sampleArchive } from '../archive/sample.ts';
import { encrypt } from '../crypt/encrypt.ts';
import { builtExecutable } from '../support/executable.ts';
import { runMeasured, type MeasuredResult } from '../support/run-measured.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * Node itself takes some 100 MB, and collects its garbage when it likes. The most that an archive can make of it is a
 * manifest of 48 MiB that is one string, which is held in three forms.
 */
const MEMORY_BOUND = 450_000_000;

let sound: Buffer;
beforeAll(async () => {
  sound = await sampleArchive();
});

/** A folder with the archive in it, and a target for restores some folders below. */
async function workspace(archive: Buffer, name = 'archive.zip'): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'one', 'two'), { recursive: true });
  await writeFile(join(folder, name), archive);
  return folder;
}

const RESTORE = ['restore', 'archive.zip', '--skip-database', '--storage', 'one/two/target'];

function run(args: readonly string[], cwd: string): Promise<MeasuredResult> {
  return runMeasured(builtExecutable(), args, { cwd });
}

function expectRefusal(result: MeasuredResult, message: RegExp): void {
  expect(result.stderr).toMatch(message);
  expect(result).toMatchObject({ code: 4, timedOut: false, stdout: '' });
  expectNoCrash(result);
}

function expectNoCrash({ stderr, peakBytes }: MeasuredResult): void {
  expect(stderr).not.toMatch(/^\s+at |Unexpected error|FATAL ERROR/m);
  expect(stderr.length).toBeLessThan(5000);
  // Null where the system does not tell.
  expect(peakBytes ?? 0).toBeLessThan(MEMORY_BOUND);
}

describe('the archive that attacks are made from', () => {
  it('is sound, before and after it was taken apart', async () => {
    const cwd = await workspace(editArchive(sound, () => undefined));
    expect(await run(['verify', 'archive.zip'], cwd)).toMatchObject({ code: 0 });
    expect(await run(RESTORE, cwd)).toMatchObject({ code: 0 });
    expect(await readFile(join(cwd, 'one/two/target/deep/a.txt'), 'utf8')).toBe('lower');
  });

  it('stays so with one more file of which everything tells', async () => {
    const more = editArchive(sound, (archive) =>
      archive.addItem('storage/uploads/more', 'more', { content: 'more' }),
    );
    const cwd = await workspace(more);
    expect(await run(['verify', 'archive.zip'], cwd)).toMatchObject({ code: 0 });
  });
});

describe('verify, inspect and restore refuse', () => {
  it.each(ATTACKS)('$name', { timeout: 120_000 }, async (attack) => {
    const cwd = await workspace(mountAttack(sound, attack));
    const verify = await run(['verify', 'archive.zip'], cwd);
    expectRefusal(verify, attack.message);
    const inspect = await run(['inspect', 'archive.zip'], cwd);
    if (attack.opens === true) expectNoCrash(inspect);
    else expectRefusal(inspect, attack.message);
    const restore = await run(RESTORE, cwd);
    if (attack.isInDatabase === true) return expect(restore).toMatchObject({ code: 0 });
    expectRefusal(restore, attack.message);
    expect((await readdir(cwd, { recursive: true })).toSorted()).toEqual(['archive.zip', 'one', 'one/two']);
    expect(existsSync('/holdfast-escaped')).toBe(false);
  });
});

describe('a directory that promises a hundred million entries', () => {
  it.each([
    ['is not there', sparse(0, 4_600_000_000), /its end does not tell where its directory is/],
    ['is shorter', sparse(46_000, 46_000), /its end does not tell where its directory is/],
    [
      'is there and empty',
      sparse(4_600_000_000, 4_600_000_000),
      /has 100000000 entries, more than the 10000000/,
    ],
  ])('and %s', async (_case, { bytes, records }, message) => {
    const cwd = await workspace(Buffer.from('PK\x03\x04'));
    const path = join(cwd, 'archive.zip');
    await truncate(path, 100 + bytes);
    const file = await open(path, 'r+');
    await file.write(records, 0, records.length, 100 + bytes);
    await file.close();
    for (const args of [['verify', 'archive.zip'], ['inspect', 'archive.zip'], RESTORE]) {
      expectRefusal(await run(args, cwd), message);
    }
  });

  function sparse(bytes: number, promised: number): { bytes: number; records: Buffer } {
    return { bytes, records: promiseEntries(100_000_000, promised, 100) };
  }
});

describe('paths that only a directory must refuse: an object store may have such keys', () => {
  it.each([
    ['storage/uploads/%2E%2E/%2E%2E/escaped', '../../escaped'],
    ['storage/uploads/%2Fholdfast-escaped', '/holdfast-escaped'],
    ['storage/uploads/x%2F', 'x/'],
    ['storage/uploads/%00', '\0'],
  ])('%s', async (entry, path) => {
    const cwd = await workspace(
      editArchive(sound, (archive) => archive.addItem(entry, path, { content: 'x' })),
    );
    expect(await run(['verify', 'archive.zip'], cwd)).toMatchObject({ code: 0 });
    expectRefusal(await run(RESTORE, cwd), /unsafe path/);
    expect((await readdir(cwd, { recursive: true })).toSorted()).toEqual(['archive.zip', 'one', 'one/two']);
    expect(existsSync('/holdfast-escaped')).toBe(false);
  });
});

describe('what a restore keeps as it is', () => {
  it('a link that leads out: it is made, and nobody goes through it', async () => {
    const target = '../../../outside';
    const cwd = await workspace(
      editArchive(sound, (archive) => archive.addItem('storage/uploads/out', 'out', { target })),
    );
    await writeFile(join(cwd, 'outside'), 'outside', { mode: 0o600 });
    expect(await run(RESTORE, cwd)).toMatchObject({ code: 0 });
    expect(await readlink(join(cwd, 'one/two/target/out'))).toBe(target);
    expect(await readFile(join(cwd, 'one/two/target/out'), 'utf8')).toBe('outside');
    expect((await stat(join(cwd, 'outside'))).mode & 0o777).toBe(0o600);
  });

  it('names that the source told apart and the zip spells apart', async () => {
    const cwd = await workspace(
      editArchive(sound, (archive) => {
        archive.addItem('storage/uploads/%C3%A4', '\u00e4', { content: 'composed' });
        archive.addItem('storage/uploads/a\u0308', 'a\u0308', { content: 'decomposed' });
      }),
    );
    expect(await run(RESTORE, cwd)).toMatchObject({ code: 0 });
    const target = join(cwd, 'one/two/target');
    expect(await readFile(join(target, '\u00e4'), 'utf8')).toBe('composed');
    expect(await readFile(join(target, 'a\u0308'), 'utf8')).toBe('decomposed');
    expect(await readFile(join(target, 'deep/A.TXT'), 'utf8')).toBe('upper');
    expect(await readFile(join(target, 'deep/a.txt'), 'utf8')).toBe('lower');
  });

  it('what lies behind links and hard links in the target', async () => {
    const cwd = await workspace(sound);
    const outside = join(cwd, 'outside');
    const target = join(cwd, 'one/two/target');
    await mkdir(outside);
    await mkdir(target);
    await writeFile(join(outside, 'a.txt'), 'outside');
    await link(join(outside, 'a.txt'), join(target, 'a.txt'));
    await symlink(outside, join(target, 'deep'));
    await symlink(join(outside, 'a.txt'), join(target, 'empty'));
    expect(await run([...RESTORE, '--overwrite', '--yes'], cwd)).toMatchObject({ code: 0 });
    expect(await readdir(outside)).toEqual(['a.txt']);
    expect(await readFile(join(outside, 'a.txt'), 'utf8')).toBe('outside');
    expect((await stat(join(outside, 'a.txt'))).nlink).toBe(1);
    expect(await readFile(join(target, 'deep/a.txt'), 'utf8')).toBe('lower');
  });
});

describe('JSON that means something to JavaScript', () => {
  it('is data', async () => {
    const text = (json: string): string =>
      json
        .replace('{', '{"__proto__":{"complete":false},"constructor":{"prototype":{}},')
        .replace('"facts":{', '"facts":{"__proto__":{"engine":"x"},"toString":1,');
    const cwd = await workspace(
      editArchive(sound, (archive) => {
        archive.writeManifest(archive.manifest());
        archive.write('manifest.json', Buffer.from(text(archive.read('manifest.json').toString())));
        const index = archive.read('storage/uploads.jsonl').toString();
        archive.writeListed(
          'storage/uploads.jsonl',
          Buffer.from(index.replaceAll('{"', '{"__proto__":{"mode":"7777"},"')),
        );
      }),
    );
    expect(await run(['verify', 'archive.zip'], cwd)).toMatchObject({ code: 0 });
    expect(await run(['inspect', 'archive.zip'], cwd)).toMatchObject({ code: 0 });
    expect(await run(RESTORE, cwd)).toMatchObject({ code: 0 });
    expect((await stat(join(cwd, 'one/two/target/a.txt'))).mode & 0o7777).toBe(0o640);
  });

  it('shows no control characters', async () => {
    const cwd = await workspace(
      editArchive(sound, (archive) => {
        const manifest = archive.manifest();
        manifest.storages[0]!.location = '\u001b[2J\u202e';
        manifest.tool.name = '\u001b]0;title\u0007';
        manifest.database!.facts.version = '\u009b31m';
        manifest.complete = false;
        manifest.problems = [{ kind: '\u001b[2J', storage: '\u001b', path: '\u001b', reason: '\u001b' }];
        archive.writeManifest(manifest);
      }),
    );
    for (const args of [['inspect', 'archive.zip'], ['verify', 'archive.zip'], RESTORE]) {
      const result = await run(args, cwd);
      expectNoCrash(result);
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });
});

describe('crypts', () => {
  const KEY = 'ab'.repeat(32);
  const HEADER = Buffer.of(0xc2, 0x59, 0x50, 0x54);

  it.each<[string, () => Promise<Buffer>, number, RegExp]>([
    ['a crypt with a byte behind it', () => extended(Buffer.of(0)), 5, /does not open/],
    [
      'a crypt with a second one behind it',
      async () => extended(await encrypt(Buffer.from(KEY, 'hex'), sound)),
      5,
      /does not open/,
    ],
    [
      'SysReptor with a header without end',
      async () => Buffer.concat([HEADER, Buffer.alloc(100_000, '{"a":')]),
      4,
      /header does not end/,
    ],
    [
      'SysReptor with a header of brackets',
      async () => Buffer.concat([HEADER, Buffer.alloc(4000, '['), Buffer.alloc(50)]),
      4,
      /is not JSON/,
    ],
    [
      'SysReptor with a header of null',
      async () => Buffer.concat([HEADER, Buffer.from('null\0'), Buffer.alloc(50)]),
      4,
      /AES-GCM/,
    ],
    [
      'SysReptor with a huge nonce',
      async () =>
        Buffer.concat([HEADER, Buffer.from(`{"cipher":"AES-GCM","nonce":"${'A'.repeat(3000)}"}\0`)]),
      4,
      /no nonce/,
    ],
    [
      'a crypt of a zip that attacks',
      () => encrypt(Buffer.from(KEY, 'hex'), mountAttack(sound, ATTACKS[0]!)),
      4,
      /not allowed/,
    ],
    [
      'a crypt of nothing',
      () => encrypt(Buffer.from(KEY, 'hex'), Buffer.alloc(0)),
      4,
      /is not a zip archive/,
    ],
  ])('%s', async (_case, make, code, message) => {
    const cwd = await workspace(await make(), 'archive.zip');
    await writeFile(join(cwd, 'key'), KEY);
    const verify = await run(['verify', 'archive.zip', '--key-file', 'key'], cwd);
    expect(verify.stderr).toMatch(message);
    expect(verify).toMatchObject({ code, timedOut: false });
    expectNoCrash(verify);
    const decrypt = await run(['decrypt', 'archive.zip', 'out.zip', '--key-file', 'key'], cwd);
    expectNoCrash(decrypt);
    expect([0, code]).toContain(decrypt.code);
    expect(existsSync(join(cwd, 'out.zip'))).toBe(decrypt.code === 0);
    expectNoCrash(await run([...RESTORE, '--key-file', 'key'], cwd));
  });

  async function extended(more: Buffer): Promise<Buffer> {
    return Buffer.concat([await encrypt(Buffer.from(KEY, 'hex'), sound), more]);
  }
});
