import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { builtExecutable } from '../support/executable.ts';
import { runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('app');
  await server.query('app', 'create table t (x int); insert into t select generate_series(1, 1000)');
});
afterAll(() => server.stop());

/** What of holdfast's waits for a lock on the server. */
const WAITING =
  "select 1 from pg_stat_activity where application_name = 'holdfast' and wait_event_type = 'Lock'";

interface WaitingBackup extends ReturnType<typeof startHoldfast> {
  /** Lets the backup go on. */
  release(): Promise<void>;
}

/** Starts a backup of a table that another transaction holds, and returns once it waits for it. */
async function waitingBackup(cwd: string, args: readonly string[] = []): Promise<WaitingBackup> {
  const holder = new Client(server.url('app'));
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin; lock table t in access exclusive mode');
  const started = startHoldfast(['backup', 'a.zip', ...args], {
    cwd,
    env: { HOLDFAST_DATABASE: server.url('app') },
  });
  while ((await server.query('postgres', WAITING)).length === 0) {
    if (started.child.exitCode !== null)
      throw new Error(`holdfast did not wait: ${(await started.result).stderr}`);
  }
  return { ...started, release: async () => void (await holder.query('rollback')) };
}

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('cleans up at %s and exits with %d', async (signal, code) => {
    const cwd = await temporaryFolder();
    const { child, result } = await waitingBackup(cwd);
    child.kill(signal);
    const ended = await result;
    expect(ended).toMatchObject({ code, signal: null });
    expect(ended.stderr).toContain('Interrupted');
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(cwd)).toEqual([]);
    // The server hears of it a moment later: this ends, or the test's time does.
    while ((await server.query('postgres', WAITING)).length > 0);
  });
});

describe('two signals at once', () => {
  it('count as one, and nothing is left', async () => {
    const cwd = await temporaryFolder();
    const { child, result } = await waitingBackup(cwd);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect((await result).stderr).toMatch(/Nothing was left behind/);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('secrets', () => {
  it('are gone from the process list while it runs', async (context) => {
    if (process.platform !== 'linux') context.skip('the test reads /proc');
    const cwd = await temporaryFolder();
    const { child, result, release } = await waitingBackup(cwd, ['--key', KEY]);
    const commandLine = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
    expect(commandLine).not.toContain(KEY);
    expect(commandLine).toContain('holdfast');
    await release();
    const ended = await result;
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).not.toContain(KEY);
  });
});

/** A folder with a storage whose first file is far larger than what fits between two processes. */
async function storageWithLargeFile(): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'uploads'));
  await writeFile(join(cwd, 'uploads', 'a-large'), randomBytes(8 << 20));
  return cwd;
}

/** Backs the storage up to standard output; while the backup is in the large file, something happens. */
async function backupWhile(
  cwd: string,
  happens: () => Promise<unknown>,
): Promise<{ readonly stderr: string; readonly code: unknown }> {
  const args = ['backup', '-', '--skip-database', '--storage', 'uploads'];
  const child = spawn(builtExecutable(), args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stderr), once(child, 'close')]);
  const chunks: Buffer[] = [];
  let readBytes = 0;
  // While nobody reads, the backup stays where it is.
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (readBytes < 100_000 && readBytes + chunk.length >= 100_000) await happens();
    chunks.push(chunk);
    readBytes += chunk.length;
  }
  const [stderr, [code]] = await ended;
  await writeFile(join(cwd, 'a.zip'), Buffer.concat(chunks));
  return { stderr, code };
}

describe('incomplete backups', () => {
  it('exit with 3, name what is missing, and are refused by restore until they are allowed', async () => {
    const cwd = await storageWithLargeFile();
    const names = Array.from({ length: 12 }, (_, index) => join(cwd, 'uploads', `z-vanishing-${index}`));
    // Too large to be read ahead.
    for (const name of names) await writeFile(name, Buffer.alloc(1 << 20));
    const backup = await backupWhile(cwd, () => Promise.all(names.map((name) => unlink(name))));
    expect(backup.stderr).toContain('INCOMPLETE');
    expect(backup.stderr).toContain('z-vanishing-11');
    expect(backup.code).toBe(3);
    const verify = await runHoldfast(['verify', 'a.zip'], { cwd });
    expect(verify).toMatchObject({ code: 3 });
    expect(verify.stderr).toContain('INCOMPLETE');
    const inspect = await runHoldfast(['inspect', 'a.zip'], { cwd });
    expect(inspect).toMatchObject({ code: 0 });
    expect(inspect.stdout.toString().split('\n')[0]).toContain('INCOMPLETE');
    const restore = ['restore', 'a.zip', '--skip-database', '--storage', 'restored'];
    const refused = await runHoldfast(restore, { cwd });
    expect(refused).toMatchObject({ code: 6 });
    expect(refused.stderr).toContain('--allow-incomplete');
    expect(refused.stderr.match(/z-vanishing/g)).toHaveLength(10);
    expect(refused.stderr).toContain('and 2 more problems');
    const allowed = await runHoldfast([...restore, '--allow-incomplete'], { cwd });
    expect(allowed).toMatchObject({ code: 0 });
    expect(allowed.stderr).toMatch(/incomplete:\n.*z-vanishing/);
    expect(await readdir(join(cwd, 'restored'))).toEqual(['a-large']);
  });

  it('are those of a storage into which something is restored meanwhile', async () => {
    const cwd = await storageWithLargeFile();
    await writeFile(join(cwd, 'uploads', 'z'), 'old');
    const args = ['--skip-database', '--storage', 'uploads'];
    expect(await runHoldfast(['backup', 'other.zip', ...args], { cwd })).toMatchObject({ code: 0 });
    const backup = await backupWhile(cwd, async () => {
      const restore = await runHoldfast(['restore', 'other.zip', ...args, '--overwrite'], { cwd });
      expect(restore).toMatchObject({ code: 0 });
    });
    expect(backup.code).toBe(3);
    expect(backup.stderr).toContain('uploads: something was restored into it');
  });
});
