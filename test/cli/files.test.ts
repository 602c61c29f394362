import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFingerprint } from '../../scripts/demo/folder-fingerprint.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);
const OTHER_KEY = 'f'.repeat(64);

/** A folder of uploads in a temporary folder that is the working directory of what runs. */
async function workspace(): Promise<string> {
  const folder = await temporaryFolder();
  const uploads = join(folder, 'uploads');
  await mkdir(join(uploads, 'deep', 'empty'), { recursive: true });
  await writeFile(join(uploads, 'a.txt'), 'alpha '.repeat(1000));
  await writeFile(join(uploads, 'empty.txt'), '');
  await writeFile(join(uploads, 'deep', 'größe 🐘.bin'), Buffer.from([0xff, 0x00, 0x01]));
  await writeFile(join(uploads, 'deep', 'README'), 'upper');
  await writeFile(join(uploads, 'deep', 'readme'), 'lower');
  await chmod(join(uploads, 'a.txt'), 0o640);
  await symlink('a.txt', join(uploads, 'link'));
  await writeFile(join(folder, 'key'), `${KEY}\n`);
  return folder;
}

const BACKUP = ['backup', '--skip-database', '--storage', 'uploads'];

describe('backup, verify, inspect, restore of files', () => {
  it.each([
    ['plain', 'app.zip', []],
    ['encrypted', 'app.zip.crypt', ['--key-file', 'key']],
  ])('brings back a %s archive', async (_kind, archive, key) => {
    const cwd = await workspace();
    const backup = await runHoldfast([...BACKUP, archive, ...key], { cwd });
    expect(backup).toMatchObject({ code: 0 });
    expect(backup.stdout.length).toBe(0);
    expect(backup.stderr).toContain('Backup complete: app.zip');
    const verify = await runHoldfast(['verify', archive, ...key], { cwd });
    expect(verify).toMatchObject({ code: 0 });
    const inspect = await runHoldfast(['inspect', archive, ...key], { cwd });
    expect(inspect).toMatchObject({ code: 0 });
    expect(inspect.stdout.toString()).toContain('files "uploads" from');
    const restore = await runHoldfast(
      ['restore', archive, '--skip-database', '--storage', 'restored', ...key],
      { cwd },
    );
    expect(restore).toMatchObject({ code: 0 });
    expect(await folderFingerprint(join(cwd, 'restored'))).toEqual(
      await folderFingerprint(join(cwd, 'uploads')),
    );
    expect((await readdir(cwd)).toSorted()).toEqual(
      [archive, `${archive}.sha256`, 'key', 'restored', 'uploads'].toSorted(),
    );
  });

  it('brings back many small files, which threads read', async () => {
    const cwd = await workspace();
    for (let index = 0; index < 500; index++) {
      const name = join(cwd, 'uploads', index % 2 === 0 ? 'deep' : '', `file ${index}`);
      await writeFile(name, `content ${index} `.repeat(index));
    }
    expect(await runHoldfast([...BACKUP, 'a.zip', '--jobs', '3'], { cwd })).toMatchObject({ code: 0 });
    expect(await runHoldfast(['verify', 'a.zip'], { cwd })).toMatchObject({ code: 0 });
    const restore = ['restore', 'a.zip', '--skip-database', '--storage', 'restored'];
    expect(await runHoldfast(restore, { cwd })).toMatchObject({ code: 0 });
    expect(await folderFingerprint(join(cwd, 'restored'))).toEqual(
      await folderFingerprint(join(cwd, 'uploads')),
    );
  });

  it('goes through pipes: standard output, standard input, decrypt', async () => {
    const cwd = await workspace();
    const backup = await runHoldfast([...BACKUP, '-'], { cwd, env: { HOLDFAST_KEY: KEY } });
    expect(backup).toMatchObject({ code: 0 });
    const verify = await runHoldfast(['verify', '-'], {
      cwd,
      env: { HOLDFAST_KEY: KEY },
      input: backup.stdout,
    });
    expect(verify).toMatchObject({ code: 0 });
    const decrypt = await runHoldfast(['decrypt', '-', '--key-file', 'key'], { cwd, input: backup.stdout });
    expect(decrypt).toMatchObject({ code: 0 });
    expect(decrypt.stdout.subarray(0, 4)).toEqual(Buffer.from('PK\u0003\u0004'));
    const restore = await runHoldfast(['restore', '-', '--skip-database', '--storage', 'x'], {
      cwd,
      input: decrypt.stdout,
    });
    expect(restore).toMatchObject({ code: 0 });
    expect(await folderFingerprint(join(cwd, 'x'))).toEqual(await folderFingerprint(join(cwd, 'uploads')));
    expect((await readdir(cwd)).toSorted()).toEqual(['key', 'uploads', 'x']);
  });

  it('writes to a redirected standard output without being told, and into a directory under a generated name', async () => {
    const cwd = await workspace();
    const piped = await runHoldfast(BACKUP, { cwd });
    expect(piped.stdout.subarray(0, 2).toString()).toBe('PK');
    await mkdir(join(cwd, 'backups'));
    const named = await runHoldfast([...BACKUP, 'backups'], { cwd });
    expect(named).toMatchObject({ code: 0 });
    const names = await readdir(join(cwd, 'backups'));
    expect(names.toSorted()).toEqual([
      expect.stringMatching(/^uploads-\d{8}T\d{6}Z\.zip$/),
      expect.stringMatching(/^uploads-\d{8}T\d{6}Z\.zip\.sha256$/),
    ]);
  });

  it('writes a checksum that says what lies there', async () => {
    const cwd = await workspace();
    await runHoldfast([...BACKUP, 'a.zip'], { cwd });
    const sha256 = createHash('sha256')
      .update(await readFile(join(cwd, 'a.zip')))
      .digest('hex');
    expect(await readFile(join(cwd, 'a.zip.sha256'), 'utf8')).toBe(`${sha256}  a.zip\n`);
  });

  it('replaces an archive only with --overwrite', async () => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'a.zip'), 'old');
    expect(await runHoldfast([...BACKUP, 'a.zip'], { cwd })).toMatchObject({ code: 2 });
    expect(await readFile(join(cwd, 'a.zip'), 'utf8')).toBe('old');
    expect(await runHoldfast([...BACKUP, 'a.zip', '--overwrite'], { cwd })).toMatchObject({ code: 0 });
    expect(await runHoldfast(['verify', 'a.zip'], { cwd })).toMatchObject({ code: 0 });
  });

  it('restores into the working directory without moving it away', async () => {
    const cwd = await workspace();
    await runHoldfast([...BACKUP, 'a.zip'], { cwd });
    const here = join(cwd, 'here');
    await mkdir(here);
    const before = await stat(here);
    const restore = ['restore', '../a.zip', '--skip-database', '--storage', '.'];
    expect(await runHoldfast(restore, { cwd: here })).toMatchObject({ code: 0 });
    expect((await stat(here)).ino).toBe(before.ino);
    expect((await readdir(here)).toSorted()).toEqual((await readdir(join(cwd, 'uploads'))).toSorted());
  });

  it('leaves files out by --exclude and restores some by --file', async () => {
    const cwd = await workspace();
    await runHoldfast([...BACKUP, 'a.zip', '--exclude', '*.bin', '--exclude', 'deep/empty'], { cwd });
    const restore = ['restore', 'a.zip', '--skip-database', '--storage', 'all'];
    expect(await runHoldfast(restore, { cwd })).toMatchObject({ code: 0 });
    expect((await readdir(join(cwd, 'all', 'deep'))).toSorted()).toEqual(['README', 'readme']);
    const some = ['restore', 'a.zip', '--skip-database', '--storage', 'some', '--file', 'deep/README'];
    expect(await runHoldfast(some, { cwd })).toMatchObject({ code: 0 });
    expect((await readdir(join(cwd, 'some'), { recursive: true })).toSorted()).toEqual([
      'deep',
      'deep/README',
    ]);
  });

  it('says with --dry-run what it would do, and does nothing', async () => {
    const cwd = await workspace();
    await runHoldfast([...BACKUP, 'a.zip'], { cwd });
    const dry = await runHoldfast(['restore', 'a.zip', '--skip-database', '--storage', 'x', '--dry-run'], {
      cwd,
    });
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stderr).toContain('files uploads →');
    expect(await readdir(cwd)).not.toContain('x');
  });

  it('says everything as JSON with --json, the summary last', async () => {
    const cwd = await workspace();
    const backup = await runHoldfast([...BACKUP, 'a.zip', '--json'], { cwd });
    const events = backup.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      ok: true,
      command: 'backup',
      complete: true,
      files: 5,
    });
    const inspect = await runHoldfast(['inspect', 'a.zip', '--json'], { cwd });
    expect(JSON.parse(inspect.stdout.toString())).toMatchObject({
      format: 1,
      complete: true,
      database: null,
    });
    const failed = await runHoldfast(['verify', 'missing.zip', '--json'], { cwd });
    expect(JSON.parse(failed.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'summary',
      ok: false,
      exitCode: 1,
    });
  });

  it('says nothing with --quiet when all is well', async () => {
    const cwd = await workspace();
    expect(await runHoldfast([...BACKUP, 'a.zip', '--quiet'], { cwd })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await runHoldfast(['verify', 'a.zip', '--quiet'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('keys', () => {
  it('makes keys that differ and work', async () => {
    const [one, two] = await Promise.all([runHoldfast(['keygen']), runHoldfast(['keygen'])]);
    expect(one.stdout.toString()).toMatch(/^[0-9a-f]{64}\n$/);
    expect(one.stdout.toString()).not.toBe(two.stdout.toString());
  });

  it('exits 5 for a wrong key and for none, and leaves no output', async () => {
    const cwd = await workspace();
    await runHoldfast([...BACKUP, 'a.zip.crypt', '--key-file', 'key'], { cwd });
    for (const verb of ['verify', 'inspect', 'decrypt', 'restore']) {
      const args = [
        verb,
        'a.zip.crypt',
        ...(verb === 'restore' ? ['--skip-database', '--storage', 'x'] : []),
      ];
      expect(await runHoldfast(args, { cwd, env: { HOLDFAST_KEY: OTHER_KEY } })).toMatchObject({ code: 5 });
      const none = await runHoldfast(args, { cwd });
      expect(none).toMatchObject({ code: 5 });
      expect(none.stderr).toContain('--key-file');
    }
    expect((await readdir(cwd)).toSorted()).toEqual(['a.zip.crypt', 'a.zip.crypt.sha256', 'key', 'uploads']);
  });

  it('takes a key from the command line with one warning that does not repeat it', async () => {
    const cwd = await workspace();
    const backup = await runHoldfast([...BACKUP, 'a.zip.crypt', '--key', KEY, '--verbose'], { cwd });
    expect(backup).toMatchObject({ code: 0 });
    expect(backup.stderr.match(/Warning: /g)).toHaveLength(1);
    expect(backup.stderr).not.toContain(KEY);
  });
});
