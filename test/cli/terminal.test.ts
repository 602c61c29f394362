import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { builtExecutable } from '../support/executable.ts';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, tool, type Found } from '../support/tools.ts';

const KEY = '0123456789abcdef'.repeat(4);

let script: Found<string>;
beforeAll(async () => {
  script = process.platform === 'linux' ? await tool('script') : { reason: 'needs script of util-linux' };
});

interface Session {
  /** Waits until the screen has shown `text`. */
  shown(text: string): Promise<void>;
  type(keys: string): void;
  /** The exit code, and all that was shown. */
  ended: Promise<{ code: number | null; screen: string }>;
}

/** Runs the built executable on a terminal of its own, which script(1) makes. */
function onTerminal(context: TestContext, args: readonly string[], cwd: string): Session {
  const words = [builtExecutable(), ...args].map((word) => `'${word}'`);
  const command = `stty cols 100 rows 30 && exec ${words.join(' ')}`;
  const child = spawn(required(context, script), ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...neutralEnvironment(), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  const arrived = new EventTarget();
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    arrived.dispatchEvent(new Event('data'));
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, screen }));
  return {
    async shown(text) {
      while (!screen.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended without showing ${text}: ${screen}`);
        await Promise.race([once(arrived, 'data'), ended]);
      }
    },
    type: (keys) => child.stdin.write(keys),
    ended,
  };
}

/** A working directory with a folder `uploads`, and a plain and an encrypted archive of it. */
async function workspace(): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'uploads'));
  await writeFile(join(cwd, 'uploads', 'a.txt'), 'alpha');
  const backup = ['backup', '--skip-database', '--storage', 'uploads'];
  await runHoldfast([...backup, 'a.zip'], { cwd });
  await runHoldfast([...backup, 'a.zip.crypt'], { cwd, env: { HOLDFAST_KEY: KEY } });
  return cwd;
}

describe('on a terminal', () => {
  const restore = ['restore', 'a.zip', '--skip-database', '--storage', 'restored'];

  it('asks for a key without showing it', async (context) => {
    const cwd = await workspace();
    const { shown, type, ended } = onTerminal(context, ['verify', 'a.zip.crypt', '--key', '-'], cwd);
    await shown('Key (64 hex digits): ');
    type(`${KEY}\r`);
    const { code, screen } = await ended;
    expect(screen).toContain('Verified');
    expect(screen).not.toContain(KEY.slice(0, 16));
    expect(code).toBe(0);
  });

  it('leaves at Ctrl-C while it asks for a key', async (context) => {
    const { shown, type, ended } = onTerminal(
      context,
      ['verify', 'a.zip.crypt', '--key', '-'],
      await workspace(),
    );
    await shown('Key (64 hex digits): ');
    type('\u0003');
    expect((await ended).code).toBe(130);
  });

  it.for([
    ['y', 0, ['restored']],
    ['n', 6, []],
    ['', 6, []],
  ] as const)('asks before a restore, and takes "%s"', async ([answer, expected, made], context) => {
    const cwd = await workspace();
    const before = await readdir(cwd);
    const { shown, type, ended } = onTerminal(context, restore, cwd);
    await shown('[y/N]');
    type(`${answer}\r`);
    const { code, screen } = await ended;
    expect(screen).toContain('files uploads →');
    expect(code).toBe(expected);
    expect((await readdir(cwd)).toSorted()).toEqual([...before, ...made].toSorted());
  });

  it.for([
    ['\u0003', 130, []],
    ['\u0004', 6, []],
    ['n\r', 6, []],
    ['n\r', 6, ['--json']],
  ] as const)(
    'says what --overwrite removes, and removes nothing at %j',
    async ([keys, expected, options], context) => {
      const cwd = await workspace();
      const args = ['restore', 'a.zip', '--skip-database', '--storage', 'uploads', '--overwrite', ...options];
      await writeFile(join(cwd, 'uploads', 'b.txt'), 'later');
      const { shown, type, ended } = onTerminal(context, args, cwd);
      await shown('[y/N]');
      type(keys);
      const { code, screen } = await ended;
      expect(screen).toContain('removes what is there: 2 files, 10 B');
      expect(screen).toContain('removed for good');
      expect(screen).toContain(options.length === 0 ? 'Nothing was changed' : '"done":false');
      expect(code).toBe(expected);
      expect(await readdir(join(cwd, 'uploads'))).toEqual(['a.txt', 'b.txt']);
    },
  );

  it('does not ask with --yes, and draws colours unless it is told not to', async (context) => {
    const cwd = await workspace();
    const coloured = await onTerminal(context, [...restore, '--yes'], cwd).ended;
    expect(coloured.code).toBe(0);
    expect(coloured.screen).not.toContain('[y/N]');
    expect(coloured.screen).toContain('\u001b[32m✓');
    const plain = await onTerminal(context, ['verify', 'a.zip', '--no-color'], cwd).ended;
    expect(plain.screen).toContain('✓ Checking the archive');
    expect(plain.screen).not.toContain('\u001b[32m');
  });

  it('refuses to write an archive to the terminal', async (context) => {
    const cwd = await workspace();
    const args = ['backup', '-', '--skip-database', '--storage', 'uploads'];
    const { code, screen } = await onTerminal(context, args, cwd).ended;
    expect(code).toBe(2);
    expect(screen).toContain('not written to a terminal');
    expect(screen).not.toContain('PK\u0003');
  });

  it('names the archive itself when standard output is the terminal', async (context) => {
    const cwd = await workspace();
    const { code } = await onTerminal(context, ['backup', '--skip-database', '--storage', 'uploads'], cwd)
      .ended;
    expect(code).toBe(0);
    expect(await readdir(cwd)).toContainEqual(expect.stringMatching(/^uploads-\d{8}T\d{6}Z\.zip$/));
  });
});
