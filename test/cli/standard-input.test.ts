import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallDisk } from '../location/limits.ts';
import { builtExecutable } from '../support/executable.ts';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile, temporaryFolder } from '../support/temporary-folder.ts';
import { required, tool } from '../support/tools.ts';

/** Stands in the uploaded file, uncompressed as the rest of it is random. */
const PLAINTEXT = 'plaintext-that-must-not-be-spooled';
const KEY = randomBytes(32).toString('hex');

let plain: Buffer;
let crypt: Buffer;

const cwd = await folderOfFile();

async function makeArchive(name: string, env: Record<string, string>): Promise<Buffer> {
  const args = ['backup', name, '--skip-database', '--storage', 'uploads'];
  expect(await runHoldfast(args, { cwd, env })).toMatchObject({ code: 0 });
  return readFile(join(cwd, name));
}

beforeAll(async () => {
  await mkdir(join(cwd, 'uploads'));
  await writeFile(
    join(cwd, 'uploads', 'file.jpg'),
    Buffer.concat([randomBytes(3 << 20), Buffer.from(PLAINTEXT), randomBytes(1 << 20)]),
  );
  plain = await makeArchive('a.zip', {});
  crypt = await makeArchive('a.zip.crypt', { HOLDFAST_KEY: KEY });
});

/** Every command that reads an archive, with what it needs to end well; `-` stands for standard input. */
const READERS: readonly (readonly [string, readonly string[]])[] = [
  ['verify', ['verify', '-']],
  ['inspect', ['inspect', '-']],
  ['restore', ['restore', '-', '--skip-database', '--storage', 'restored']],
  ['decrypt', ['decrypt', '-', '-']],
];

interface Waiting {
  readonly child: ChildProcess;
  readonly ended: Promise<readonly [string, number | null]>;
  /** The spool: /proc's way to it. */
  readonly spool: string;
}

/** Starts a command, gives it `input` without an end, and returns once all of it is in the spool. */
async function waiting(args: readonly string[], folder: string, input: Buffer): Promise<Waiting> {
  // The widest umask: what the spool's mode is then is its own doing.
  const child = spawn('sh', ['-c', 'umask 0; exec "$0" "$@"', builtExecutable(), ...args], {
    cwd: await temporaryFolder(),
    env: { ...neutralEnvironment(), TMPDIR: folder, HOLDFAST_KEY: KEY },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = Promise.all([text(child.stderr), once(child, 'close')]).then(
    ([said, [code]]) => [said, code as number | null] as const,
  );
  child.stdin.on('error', () => undefined).write(input);
  const fds = `/proc/${child.pid}/fd`;
  for (;;) {
    for (const fd of await readdir(fds)) {
      const path = join(fds, fd);
      if (!(await readlink(path).catch(() => '')).startsWith(`${folder}/`)) continue;
      // From the first moment on.
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      if ((await stat(path)).size === input.length) return { child, ended, spool: path };
    }
    if (child.exitCode !== null) throw new Error(`it did not wait: ${(await ended)[0]}`);
  }
}

describe.runIf(process.platform === 'linux')('the spool', () => {
  it.each(READERS)(
    'of %s is private, has no name, holds what came, and goes with a kill',
    async (_name, args) => {
      const folder = await temporaryFolder();
      const input = crypt.subarray(0, crypt.length - 1000);
      const { child, ended, spool } = await waiting(args, folder, input);
      expect(await readdir(folder)).toEqual([]);
      const content = await readFile(spool);
      expect(content.equals(input)).toBe(true);
      expect(content.includes(PLAINTEXT)).toBe(false);
      expect(plain.includes(PLAINTEXT)).toBe(true);
      expect((await stat(spool)).nlink).toBe(0);
      child.kill('SIGKILL');
      await ended;
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('leaves nothing whenever the kill comes', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.zip.crypt'), crypt);
    for (let round = 0; round < 8; round += 1) {
      const spools = join(folder, `t${round}`);
      await mkdir(spools);
      const input = openSync(join(folder, 'a.zip.crypt'), 'r');
      const child = spawn(builtExecutable(), ['verify', '-'], {
        env: { ...neutralEnvironment(), TMPDIR: spools, HOLDFAST_KEY: KEY },
        stdio: [input, 'ignore', 'ignore'],
      });
      closeSync(input);
      const closed = once(child, 'close');
      let opened = 0;
      // Up to so many looks after the spool was opened, and so at another moment each round.
      while (child.exitCode === null && opened < round * 6 + 1) {
        const links = (await readdir(`/proc/${child.pid}/fd`).catch(() => [])).map((fd) =>
          readlink(`/proc/${child.pid}/fd/${fd}`).catch(() => ''),
        );
        if ((await Promise.all(links)).some((link) => link.startsWith(spools))) opened += 1;
        else if (opened > 0) break;
      }
      child.kill('SIGKILL');
      await closed;
      expect(await readdir(spools)).toEqual([]);
    }
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('leaves nothing at %s', async (signal, code) => {
    const folder = await temporaryFolder();
    const { child, ended } = await waiting(['verify', '-'], folder, crypt.subarray(0, 100_000));
    child.kill(signal);
    expect((await ended)[1]).toBe(code);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('commands', () => {
  it.each(READERS)('%s takes an archive from standard input', async (name, args) => {
    const folder = await temporaryFolder();
    const env = { HOLDFAST_KEY: KEY, TMPDIR: folder };
    const where = await temporaryFolder();
    const result = await runHoldfast(args, { cwd: where, env, input: crypt });
    expect(result).toMatchObject({ code: 0 });
    expect(await readdir(folder)).toEqual([]);
    if (name === 'decrypt')
      expect((await runHoldfast(['verify', '-'], { input: result.stdout })).code).toBe(0);
    else
      expect(await runHoldfast(args, { cwd: await temporaryFolder(), input: plain })).toMatchObject({
        code: 0,
      });
    if (name !== 'restore') return;
    const restored = await readFile(join(where, 'restored', 'file.jpg'));
    expect(restored.equals(await readFile(join(cwd, 'uploads', 'file.jpg')))).toBe(true);
  });
});

/** Runs `verify -` below a shell that prepares its standard input or limits. */
async function below(
  shell: string,
  env: Record<string, string> = {},
): Promise<{ code: unknown; stderr: string }> {
  const child = spawn('sh', ['-c', shell, builtExecutable()], {
    cwd,
    env: { ...neutralEnvironment(), HOLDFAST_KEY: KEY, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(stderr).not.toMatch(/^\s+at /m);
  return { code, stderr };
}

describe('standard input', () => {
  it('that ends early is damage', async () => {
    for (const whole of [plain, crypt]) {
      for (const length of [0, 1, 100, whole.length >> 1, whole.length - 1]) {
        const env = { HOLDFAST_KEY: KEY };
        const { code, stderr } = await runHoldfast(['verify', '-'], {
          input: whole.subarray(0, length),
          env,
        });
        // Of a crypt's first segment it cannot be told whether it is damaged or the key is another.
        expect(whole === plain || length === 0 ? [4] : [4, 5], `${length} bytes`).toContain(code);
        expect(stderr).toContain('standard input');
      }
    }
  });

  it.skipIf(process.platform === 'win32').each([
    ['closed', 'exec "$0" verify - <&-', 4, 'standard input'],
    ['a directory', 'exec "$0" verify - < /', 2, 'Standard input is a directory, not an archive.'],
    ['/dev/null', 'exec "$0" verify - < /dev/null', 4, 'standard input'],
    ['only for writing', 'exec "$0" verify - 0> written', 1, 'Standard input cannot be read'],
    ['a file', 'exec "$0" verify - < a.zip.crypt', 0, 'Verified'],
  ])('that is %s is answered', async (_what, shell, code, words) => {
    const result = await below(shell);
    expect(result.stderr).toContain(words);
    expect(result.code).toBe(code);
  });
});

describe('a folder for temporary files', () => {
  it('that is missing is named', async () => {
    const env = { TMPDIR: join(cwd, 'missing') };
    const { code, stderr } = await runHoldfast(['verify', '-'], { env, input: plain });
    expect(code).toBe(1);
    expect(stderr).toContain(join(cwd, 'missing'));
    expect(stderr).toContain('Set TMPDIR');
  });

  it('that may not be written into is named', async (context) => {
    if (process.platform === 'win32') context.skip('Windows has no permission bits');
    const folder = await temporaryFolder();
    await chmod(folder, 0o555);
    let command = 'exec "$0" verify - < a.zip';
    if (process.getuid?.() === 0) {
      if ((await tool('setpriv')).reason !== undefined)
        context.skip('root needs setpriv to be bound by permissions');
      command = 'exec setpriv --reuid=65534 --clear-groups "$0" verify - < a.zip';
      await chmod(cwd, 0o755);
    }
    const { code, stderr } = await below(command, { TMPDIR: folder });
    expect(stderr).toContain(`Standard input cannot be kept in ${folder}: EACCES`);
    expect(code).toBe(1);
  });

  it('that fills up is named, and left empty', async (context) => {
    const disk = required(context, await smallDisk());
    const { code, stderr } = await runHoldfast(['verify', '-'], { env: { TMPDIR: disk }, input: plain });
    expect(stderr).toContain(`Standard input cannot be kept in ${disk}: there is no room left.`);
    expect(code).toBe(1);
    expect(await readdir(disk)).toEqual([]);
  });

  it('in which no file may become so big is named, and left empty', async (context) => {
    if (process.platform === 'win32') context.skip('Windows has no limit for the size of files');
    const folder = await temporaryFolder();
    const { code, stderr } = await below('ulimit -f 1000; exec "$0" verify - < a.zip', { TMPDIR: folder });
    expect(stderr).toContain(`Standard input cannot be kept in ${folder}: it is bigger than`);
    expect(code).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });
});
