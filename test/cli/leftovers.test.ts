import { hash, randomBytes } from 'node:crypto';
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** No machine has archived so much before it is looked at: a backup of it is killed in the middle. */
const ENDLESS_BYTES = 8 * 2 ** 30;
/** Takes a while, and ends. */
const LARGE_BYTES = 150 << 20;

/** Ends a process before a call to the file system: see there. */
const SHIM = join(import.meta.dirname, '..', 'crash', 'faults.cjs');

const REMOVED = 'Removed what a backup that was killed left: ';

/** A folder with storages to back up, and one for archives. */
async function workspace(): Promise<string> {
  const cwd = await temporaryFolder();
  for (const [name, bytes] of [
    ['small', 1000],
    ['large', LARGE_BYTES],
    ['endless', ENDLESS_BYTES],
  ] as const) {
    await mkdir(join(cwd, name));
    // Random at the beginning, so that it is not deflated; sparse behind that, so that it takes no room.
    await writeFile(join(cwd, name, 'file'), randomBytes(100_000));
    await truncate(join(cwd, name, 'file'), bytes);
  }
  await mkdir(join(cwd, 'archives'));
  return cwd;
}

const backup = (name: string, storage = 'small'): string[] => [
  'backup',
  `archives/${name}`,
  '--skip-database',
  '--storage',
  storage,
];

/** The names of what lies among the archives. */
const archives = async (cwd: string): Promise<string[]> => (await readdir(join(cwd, 'archives'))).toSorted();

/** In hex; null where there is no such file. */
async function digestOf(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes && hash('sha256', bytes);
}

async function emptyFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name));
}

const temporary = (names: readonly string[]): string[] => names.filter((name) => name.startsWith('.'));

/** Starts a command that writes into `archives`, and returns once it has written as many bytes of its archive. */
async function startedWriting(
  cwd: string,
  args: readonly string[],
  bytes: number,
): Promise<ReturnType<typeof startHoldfast> & { names: string[] }> {
  const before = await archives(cwd);
  const started = startHoldfast(args, { cwd });
  for (;;) {
    const names = temporary(await archives(cwd)).filter((name) => !before.includes(name));
    const sizes = names.map((name) =>
      stat(join(cwd, 'archives', name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    if (names.length === 2 && Math.max(...(await Promise.all(sizes))) >= bytes) return { ...started, names };
    expect(started.child.exitCode, 'the backup went on until it was killed').toBeNull();
  }
}

async function killed(cwd: string, args: readonly string[], bytes: number): Promise<string[]> {
  const { child, result, names } = await startedWriting(cwd, args, bytes);
  child.kill('SIGKILL');
  expect(await result).toMatchObject({ signal: 'SIGKILL' });
  return names;
}

describe.runIf(process.platform === 'linux')('what a killed backup left', () => {
  it.each([0, 1, 3_000_000, 11_000_000])(
    'after %d bytes is removed by the next one into that folder, with a word',
    async (bytes) => {
      const cwd = await workspace();
      const names = await killed(cwd, backup('a.zip', 'endless'), bytes);
      expect(await archives(cwd)).toEqual(names.toSorted());
      const next = await runHoldfast(backup('b.zip'), { cwd });
      expect(next).toMatchObject({ code: 0 });
      expect(next.stderr.split(REMOVED)).toHaveLength(2);
      expect(next.stderr).toContain('and 1 more file, ');
      expect(names.some((name) => next.stderr.includes(name))).toBe(true);
      expect(await archives(cwd)).toEqual(['b.zip', 'b.zip.sha256']);
    },
  );

  it('is removed by decrypt, and what decrypt left by a backup', async () => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'key'), randomBytes(32).toString('hex'));
    const key = ['--key-file', 'key'];
    expect(
      await runHoldfast(['backup', 'a.zip.crypt', '--skip-database', '--storage', 'large', ...key], {
        cwd,
      }),
    ).toMatchObject({ code: 0 });
    const decrypt = ['decrypt', 'a.zip.crypt', 'archives/a.zip', ...key];
    await killed(cwd, backup('b.zip', 'endless'), 1);
    await killed(cwd, decrypt, 1);
    expect(temporary(await archives(cwd))).toHaveLength(2);
    const cleaned = await runHoldfast(decrypt, { cwd });
    expect(cleaned).toMatchObject({ code: 0 });
    expect(cleaned.stderr).toContain(REMOVED);
    expect(await archives(cwd)).toEqual(['a.zip', 'a.zip.sha256']);
  });

  it.each([
    ['a new name', []],
    ['the name of an older archive', ['--overwrite']],
  ])('under %s is never an archive with the checksum of another', async (_name, options) => {
    const cwd = await workspace();
    const shim = { NODE_OPTIONS: `--require ${JSON.stringify(SHIM)}`, CRASH_UNDER: cwd };
    // The fault meets what is called with an absolute path.
    const archive = join(cwd, 'archives', 'a.zip');
    const changed = ['backup', archive, '--skip-database', '--storage', 'small', ...options];
    const count = join(cwd, 'calls');
    const run = (env: Record<string, string>) => runHoldfast(changed, { cwd, env: { ...shim, ...env } });
    expect(await run({ CRASH_MODE: 'count', CRASH_COUNT: count })).toMatchObject({ code: 0 });
    const calls = Number(await readFile(count, 'utf8'));
    const seen = new Set<string>();
    for (let at = 1; at <= calls; at += 1) {
      if (options.length === 0) await emptyFolder(join(cwd, 'archives'));
      else expect(await run({})).toMatchObject({ code: 0 });
      const old = await digestOf(archive);
      expect(await run({ CRASH_MODE: 'kill', CRASH_AT: String(at) })).toMatchObject({ signal: 'SIGKILL' });
      const digest = await digestOf(archive);
      const checksum = await readFile(`${archive}.sha256`, 'utf8').catch(() => null);
      seen.add(
        `${digest === old ? 'old' : 'new'} archive, ${checksum === null ? 'no checksum' : 'checksum'}`,
      );
      if (digest !== null && checksum !== null) expect(checksum).toBe(`${digest}  a.zip\n`);
      // The name is not lost to what is left.
      if (digest !== null && options.length === 0) continue;
      expect(await run({})).toMatchObject({ code: 0 });
      expect(await archives(cwd)).toEqual(['a.zip', 'a.zip.sha256']);
    }
    expect(seen).toContain(options.length === 0 ? 'old archive, checksum' : 'old archive, no checksum');
  });

  it('is told of as JSON, and nothing is told where nothing was', async () => {
    const cwd = await workspace();
    await killed(cwd, backup('a.zip', 'endless'), 1);
    const events = async (name: string): Promise<{ event: string; message?: string }[]> =>
      (await runHoldfast([...backup(name), '--json'], { cwd })).stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; message?: string });
    const warnings = (await events('b.zip')).filter(({ event }) => event === 'warning');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain(REMOVED);
    expect((await events('c.zip')).filter(({ event }) => event === 'warning')).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('a backup leaves alone', () => {
  it('what another one is writing', async () => {
    const cwd = await workspace();
    const { child, result, names } = await startedWriting(cwd, backup('a.zip', 'large'), 1);
    child.kill('SIGSTOP');
    const other = await runHoldfast(backup('b.zip'), { cwd });
    expect(other).toMatchObject({ code: 0 });
    expect(other.stderr).not.toContain(REMOVED);
    expect(temporary(await archives(cwd))).toEqual(names.toSorted());
    child.kill('SIGCONT');
    expect(await result).toMatchObject({ code: 0 });
    expect(await archives(cwd)).toEqual(['a.zip', 'a.zip.sha256', 'b.zip', 'b.zip.sha256']);
    expect(await runHoldfast(['verify', 'archives/a.zip'], { cwd })).toMatchObject({ code: 0 });
  });

  it("another machine's, and what only looks alike", async () => {
    const cwd = await workspace();
    const [archive = '', checksum = ''] = (await killed(cwd, backup('a.zip', 'endless'), 1)).toSorted();
    const place = (name: string): string => join(cwd, 'archives', name);
    const [, machine = ''] = /\.holdfast-([0-9a-f]{12})-/.exec(archive) ?? [];
    const kept = [
      archive.replace(machine, '0123456789ab'),
      archive.slice(1),
      archive.replace('.holdfast-', '.holdfest-'),
      archive.replace(/\.tmp$/, '.tmp.bak'),
      archive.replace(/-[0-9a-f]{12}\.tmp$/, '-precious.tmp'),
      '.a.zip.0123456789ab.tmp',
    ];
    for (const name of kept) await writeFile(place(name), 'kept');
    // Under names that are right: what is no regular file.
    const linked = checksum.replace(/[0-9a-f]{12}\.tmp$/, '000000000000.tmp');
    const folder = checksum.replace(/[0-9a-f]{12}\.tmp$/, '000000000001.tmp');
    await writeFile(join(cwd, 'elsewhere'), 'kept');
    await symlink('../elsewhere', place(linked));
    await mkdir(place(folder));
    const next = await runHoldfast(backup('b.zip'), { cwd });
    expect(next).toMatchObject({ code: 0 });
    expect(next.stderr).toContain(REMOVED);
    expect(await archives(cwd)).toEqual([...kept, linked, folder, 'b.zip', 'b.zip.sha256'].toSorted());
    for (const name of kept) expect(await readFile(place(name), 'utf8')).toBe('kept');
  });

  it("what has the number of a process that runs, but not another's that had it before", async () => {
    const cwd = await workspace();
    const names = (await killed(cwd, backup('a.zip', 'endless'), 1)).toSorted();
    const { child, result } = await startedWriting(cwd, backup('c.zip', 'endless'), 1);
    child.kill('SIGSTOP');
    const running = temporary(await archives(cwd)).filter((name) => name.startsWith('.c.zip'));
    const identity = /holdfast-(.*)-[0-9a-f]{12}\.tmp$/.exec(running[0] ?? '')?.[1] ?? '';
    const [first = '', second = ''] = names;
    const reused = first.replace(/-\d+-\d+-([0-9a-f]{12}\.tmp)$/, `-${child.pid}-1-$1`);
    const same = second.replace(/holdfast-.*-([0-9a-f]{12}\.tmp)$/, `holdfast-${identity}-$1`);
    for (const name of [reused, same]) await writeFile(join(cwd, 'archives', name), '');
    expect((await runHoldfast(backup('b.zip'), { cwd })).stderr).toContain(reused);
    expect(temporary(await archives(cwd))).toEqual([...running, same].toSorted());
    child.kill('SIGKILL');
    await result;
  });
});

describe('a long name', () => {
  it('is cut for the temporary file, between characters', async () => {
    const cwd = await workspace();
    const name = `${'é'.repeat(100)}.zip`;
    expect(await runHoldfast(backup(name), { cwd })).toMatchObject({ code: 0 });
    expect(await archives(cwd)).toEqual([name, `${name}.sha256`]);
  });
});

it('a folder that cannot be listed takes a backup all the same', async (context) => {
  if (process.getuid?.() === 0) context.skip('root may list every folder');
  const cwd = await workspace();
  await chmod(join(cwd, 'archives'), 0o300);
  expect(await runHoldfast(backup('a.zip'), { cwd })).toMatchObject({ code: 0 });
  await using file = await open(join(cwd, 'archives', 'a.zip'));
  expect((await file.stat()).size).toBeGreaterThan(1000);
});
