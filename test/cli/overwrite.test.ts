import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { builtExecutable } from '../support/executable.ts';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { type HoldfastResult, runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);
const RESTORE = ['restore', 'a.zip.crypt', '--skip-database', '--storage', 'uploads=target'];
const WITH_KEY = ['--key-file', 'key'];

/** A folder with an encrypted archive of one file, its key, and a target that holds two others. */
async function workspace(): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'uploads'));
  await writeFile(join(cwd, 'uploads', 'new.txt'), 'new');
  await writeFile(join(cwd, 'key'), KEY);
  const backup = ['backup', 'a.zip.crypt', '--skip-database', '--storage', 'uploads', ...WITH_KEY];
  expect(await runHoldfast(backup, { cwd })).toMatchObject({ code: 0 });
  await mkdir(join(cwd, 'target'));
  await writeFile(join(cwd, 'target', 'a.txt'), 'old');
  await writeFile(join(cwd, 'target', 'b.txt'), 'older');
  return cwd;
}

/** Runs it with a file as standard input, as `< file` of a shell does. */
async function redirected(args: readonly string[], cwd: string, file: string): Promise<HoldfastResult> {
  await using input = await open(join(cwd, file));
  const child = spawn(builtExecutable(), args, {
    cwd,
    env: neutralEnvironment(),
    stdio: [input.fd, 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
  return { code: code as number | null, signal: null, stdout: Buffer.alloc(0), stderr };
}

describe('restore into a target that holds something', () => {
  it('is refused without --overwrite, and replaces it with', async () => {
    const cwd = await workspace();
    const refused = await runHoldfast([...RESTORE, ...WITH_KEY], { cwd });
    expect(refused).toMatchObject({ code: 6 });
    expect(refused.stderr).toContain('--overwrite');
    expect(await readdir(join(cwd, 'target'))).toEqual(['a.txt', 'b.txt']);
    expect(await runHoldfast([...RESTORE, ...WITH_KEY, '--overwrite'], { cwd })).toMatchObject({ code: 0 });
    expect(await readdir(join(cwd, 'target'))).toEqual(['new.txt']);
    expect(await readdir(cwd)).toHaveLength(5);
  });

  it('is done although a file of the old state cannot be removed, and --recover removes it later', async (context) => {
    const cwd = await workspace();
    const immutable = join(cwd, 'target', 'a.txt');
    try {
      execFileSync('chattr', ['+i', immutable], { stdio: 'ignore' });
    } catch {
      context.skip('no file can be made immutable here');
    }
    const restore = await runHoldfast([...RESTORE, ...WITH_KEY, '--overwrite'], { cwd });
    // What is left over is beside the target: a backup of it is whole.
    const backup = await runHoldfast(['backup', 'b.zip', '--skip-database', '--storage', 'target'], { cwd });
    const old = (await readdir(cwd)).find((name) => name.includes('holdfast-old'));
    execFileSync('chattr', ['-i', join(cwd, old ?? 'target', 'a.txt')]);
    expect(restore).toMatchObject({ code: 0 });
    expect(restore.stderr).toContain('--recover');
    expect(backup).toMatchObject({ code: 0 });
    expect(await readdir(join(cwd, 'target'))).toEqual(['new.txt']);
    const recover = ['restore', '--recover', '--storage', 'target'];
    expect(await runHoldfast(recover, { cwd })).toMatchObject({ code: 0 });
    expect((await readdir(cwd)).filter((name) => name.includes('holdfast'))).toEqual([]);
  });

  it('says with --dry-run what would be made and removed, also as JSON', async () => {
    const cwd = await workspace();
    const args = [...RESTORE, ...WITH_KEY, '--overwrite', '--dry-run'];
    const dry = await runHoldfast(args, { cwd });
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stderr).toMatch(/creates 1 file, 3 B\n.*removes what is there: 2 files, 8 B/);
    const json = (await runHoldfast([...args, '--json'], { cwd })).stderr.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(json)).toMatchObject({
      changes: [{ what: 'files', creates: { files: 1, bytes: 3 }, removes: { files: 2, bytes: 8 } }],
    });
    expect(await readdir(join(cwd, 'target'))).toEqual(['a.txt', 'b.txt']);
  });

  it('is refused when the archive or its key would go with what is removed', async () => {
    const cwd = await workspace();
    for (const name of ['a.zip.crypt', 'key']) await copyFile(join(cwd, name), join(cwd, 'target', name));
    const byOption = [...RESTORE, '--overwrite', '--key-file', 'target/key'];
    const byEnvironment = { cwd, env: { HOLDFAST_KEY_FILE: 'target/key' } };
    const results = [
      ['archive', await runHoldfast(['restore', 'target/a.zip.crypt', ...byOption.slice(2)], { cwd })],
      ['key file', await runHoldfast(byOption, { cwd })],
      ['key file', await runHoldfast([...RESTORE, '--overwrite'], byEnvironment)],
    ] as const;
    for (const [what, { code, stderr }] of results) {
      expect(code).toBe(6);
      expect(stderr).toContain(`the ${what} lies in`);
    }
    expect(await readFile(join(cwd, 'target', 'key'), 'utf8')).toBe(KEY);
  });

  it('is refused when standard input is a file in it', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells what standard input leads to');
    const cwd = await workspace();
    await copyFile(join(cwd, 'a.zip.crypt'), join(cwd, 'target', 'a.zip.crypt'));
    const args = ['restore', '-', ...RESTORE.slice(2), ...WITH_KEY, '--overwrite'];
    const refused = await redirected(args, cwd, 'target/a.zip.crypt');
    expect(refused).toMatchObject({ code: 6 });
    expect(refused.stderr).toContain('the archive lies in');
    expect(await redirected(args, cwd, 'a.zip.crypt')).toMatchObject({ code: 0 });
    const input = createReadStream(join(cwd, 'a.zip.crypt'));
    expect(await runHoldfast(args, { cwd, input })).toMatchObject({ code: 0 });
  });
});
