import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { builtExecutable } from '../support/executable.ts';
import { runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const KEY = '0123456789abcdef'.repeat(4);

/** A folder with two storages, an archive of each and of both, and a key. */
async function workspace(): Promise<string> {
  const cwd = await temporaryFolder();
  for (const name of ['one', 'two']) {
    await mkdir(join(cwd, name));
    await writeFile(join(cwd, name, `${name}.txt`), name);
  }
  await writeFile(join(cwd, 'key'), KEY);
  const args = ['--skip-database', '--storage', 'one', '--storage', 'two'];
  expect(await runHoldfast(['backup', 'a.zip.crypt', ...args, '--key-file', 'key'], { cwd })).toMatchObject({
    code: 0,
  });
  return cwd;
}

const RESTORE = ['restore', 'a.zip.crypt', '--key-file', 'key', '--skip-database'];

describe('a command line', () => {
  it.each([
    [['restore', 'a.zip.crypt', '--dry-run=yes'], 'takes no value'],
    [['verfy'], 'Did you mean verify?'],
    [['verify', 'a.zip', KEY], 'Unknown argument: ***'],
    [['verify', 'a.zip', '--key-file', KEY], 'takes the path of a file'],
    [['backup', 'postgres://u:planted@h/d', 'b.zip'], 'Unknown argument'],
  ])('%j is refused without a secret shown', async (args, words) => {
    const { code, stderr } = await runHoldfast(args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(KEY);
    expect(stderr).not.toContain('planted');
  });

  it('takes what stands after -- for a file, whatever it begins with', async () => {
    const cwd = await workspace();
    const backup = await runHoldfast(['backup', '--skip-database', '--storage', 'one', '--', '-x.zip'], {
      cwd,
    });
    expect(backup).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
    expect(await runHoldfast(['verify', '--', '-x.zip'], { cwd })).toMatchObject({ code: 0 });
  });

  it('gives help on completion, scripts for both shells, and the version wherever it is asked for', async () => {
    expect((await runHoldfast(['completion', '--help'])).stdout.toString()).toContain('Examples:');
    expect((await runHoldfast(['completion', 'bash'])).stdout.toString()).toContain('COMPREPLY');
    expect((await runHoldfast(['completion', 'zsh'])).stdout.toString()).toMatch(/^#compdef holdfast/);
    expect((await runHoldfast(['verify', '--version'])).stdout.toString()).toMatch(/^holdfast \d/);
  });

  it('leaves files to the shell and proposes options only for a dash', async () => {
    const words = async (...typed: string[]): Promise<string> =>
      (await runHoldfast(['--get-yargs-completions', 'holdfast', ...typed])).stdout.toString().trim();
    expect(await words('restore', '')).toBe('');
    expect(await words('restore', '--dry')).toContain('--dry-run');
    expect(await words('completion', '')).toBe('bash\nzsh');
  });

  it('is answered in JSON when the environment asks for it, for wrong usage too', async () => {
    const { stderr } = await runHoldfast(['verify', '--bogus'], { env: { HOLDFAST_JSON: '1' } });
    expect(JSON.parse(stderr)).toMatchObject({ event: 'summary', ok: false, exitCode: 2 });
  });

  it('says that the working directory is gone', async () => {
    const cwd = await temporaryFolder();
    const gone = join(cwd, 'gone');
    await mkdir(gone);
    const child = spawn('sh', ['-c', 'rmdir ../gone && exec "$0" keygen', builtExecutable()], { cwd: gone });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    await rmdir(gone).catch(() => undefined);
    expect(stderr).toContain('working directory does not exist');
    expect(code).toBe(1);
  });
});

describe('keys', () => {
  it.each([
    ['with a byte order mark', Buffer.from(`\ufeff${KEY}\r\n`)],
    ['in UTF-16', Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le')],
  ])('reads a key file %s', async (_what, content) => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'other'), content);
    expect(await runHoldfast(['verify', 'a.zip.crypt', '--key-file', 'other'], { cwd })).toMatchObject({
      code: 0,
    });
  });

  it('reads a key from a pipe that gives it little by little, and can be interrupted where none comes', async (context) => {
    if (process.platform !== 'linux') context.skip('the test reads /proc');
    const cwd = await workspace();
    const pipe = join(cwd, 'pipe');
    await runTool(required(context, await tool('mkfifo')), [pipe]);
    const verify = async (): Promise<ReturnType<typeof startHoldfast>> => {
      const started = startHoldfast(['verify', 'a.zip.crypt', '--key-file', 'pipe'], { cwd });
      const fds = `/proc/${started.child.pid}/fd`;
      const opened = async (): Promise<boolean> => {
        const links = (await readdir(fds)).map((fd) => readlink(join(fds, fd)).catch(() => ''));
        return (await Promise.all(links)).includes(pipe);
      };
      while (!(await opened())) expect(started.child.exitCode).toBeNull();
      return started;
    };
    const waiting = await verify();
    waiting.child.kill('SIGINT');
    expect(await waiting.result).toMatchObject({ code: 130 });
    const reading = await verify();
    const writer = await open(pipe, 'w');
    await writer.write(KEY.slice(0, 32));
    await writer.write(KEY.slice(32));
    await writer.close();
    expect(await reading.result).toMatchObject({ code: 0 });
  });
});

describe('standard output', () => {
  it('that is full fails what writes to it', async (context) => {
    if (process.platform !== 'linux') context.skip('the test needs /dev/full');
    for (const args of [['keygen'], ['--help'], ['--version'], ['completion', 'bash']]) {
      const full = openSync('/dev/full', 'w');
      const child = spawn(builtExecutable(), args, { stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
      expect(stderr).toContain('the disk is full');
      expect(code).toBe(1);
    }
  });

  it('that goes nowhere takes no backup unless it is named', async () => {
    const cwd = await workspace();
    const backup = async (...more: string[]): Promise<unknown> => {
      const args = ['backup', ...more, '--skip-database', '--storage', 'one'];
      const [code] = await once(spawn(builtExecutable(), args, { cwd, stdio: 'ignore' }), 'close');
      return code;
    };
    expect(await backup()).toBe(2);
    expect(await backup('-')).toBe(0);
  });
});

describe('decrypt', () => {
  it('does not replace what it reads, under whatever name', async () => {
    const cwd = await workspace();
    await symlink('a.zip.crypt', join(cwd, 'link'));
    const before = await readFile(join(cwd, 'a.zip.crypt'));
    for (const [from, to] of [
      ['a.zip.crypt', './a.zip.crypt'],
      ['link', 'a.zip.crypt'],
    ] as const) {
      const result = await runHoldfast(['decrypt', from, to, '--overwrite', '--key-file', 'key'], { cwd });
      expect(result).toMatchObject({ code: 2 });
      expect(await readFile(join(cwd, 'a.zip.crypt'))).toEqual(before);
    }
  });

  it('writes a checksum, so that none from before is left beside it', async () => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'a.zip.sha256'), `${'0'.repeat(64)}  a.zip\n`);
    const decrypt = ['decrypt', 'a.zip.crypt', '--overwrite', '--key-file', 'key'];
    expect(await runHoldfast(decrypt, { cwd })).toMatchObject({ code: 0 });
    await runTool('sha256sum', ['-c', 'a.zip.sha256'], { cwd });
  });
});

describe('restore', () => {
  it.each([
    ['the same directory', ['one=x', 'two=./x'], 6, 'storage two would be restored to'],
    ['one inside the other', ['one=kept', 'two=kept/x'], 6, 'storage two would be restored to'],
    ['one name twice', ['one=x', 'one=y', 'two=z'], 2, 'Two targets'],
  ])('refuses %s for two storages', async (_what, storages, code, words) => {
    const cwd = await workspace();
    await mkdir(join(cwd, 'kept'));
    const before = await readdir(cwd, { recursive: true });
    const result = await runHoldfast([...RESTORE, ...storages.flatMap((name) => ['--storage', name])], {
      cwd,
    });
    expect(result.stderr).toContain(words);
    expect(result.code).toBe(code);
    expect(await readdir(cwd, { recursive: true })).toEqual(before);
  });

  it('refuses --file that matches nothing, and takes a directory with all it holds', async () => {
    const cwd = await workspace();
    await mkdir(join(cwd, 'one', 'deep'));
    await writeFile(join(cwd, 'one', 'deep', 'b.txt'), 'b');
    await runHoldfast(['backup', 'a.zip', '--skip-database', '--storage', 'one'], { cwd });
    const restore = ['restore', 'a.zip', '--skip-database', '--storage', 'x', '--file'];
    const none = await runHoldfast([...restore, 'deep', '--file', 'typo*'], { cwd });
    expect(none).toMatchObject({ code: 6 });
    expect(none.stderr).toContain('--file typo*');
    expect(await readdir(cwd)).not.toContain('x');
    expect(await runHoldfast([...restore, 'deep'], { cwd })).toMatchObject({ code: 0 });
    expect((await readdir(join(cwd, 'x'), { recursive: true })).toSorted()).toEqual(['deep', 'deep/b.txt']);
  });

  it('refuses a target for a database that the archive does not hold', async () => {
    const cwd = await workspace();
    const args = ['restore', 'a.zip.crypt', '--key-file', 'key', '--storage', 'one=x', '--storage', 'two=y'];
    const named = await runHoldfast([...args, '--database', 'postgres://h/d'], { cwd });
    expect(named).toMatchObject({ code: 6 });
    expect(named.stderr).toContain('holds no database');
    expect(await runHoldfast(args, { cwd, env: { DATABASE_URL: 'postgres://h/d' } })).toMatchObject({
      code: 0,
    });
  });
});
