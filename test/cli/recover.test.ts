import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { thisProcess } from '../../src/core/process-identity.ts';
import { countCalls, withFault } from '../crash/fault.ts';
import { FILES_ALONE, type Job, RESTORE } from '../crash/jobs.ts';
import { Run } from '../crash/run.ts';
import { World } from '../crash/world.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { runHoldfast, startHoldfast, type HoldfastResult } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

const folder = await folderOfFile();
let server: PostgresServer;
let world: World;
beforeAll(async () => {
  server = await startPostgres();
  world = await World.create(server, join(folder, 'small'), 'small');
});
afterAll(() => server.stop());

async function newRun(): Promise<Run> {
  const run = await Run.begin(world, 'old');
  onTestFinished(() => run.remove());
  return run;
}

function holdfast(run: Run, ...args: string[]): Promise<HoldfastResult> {
  return runHoldfast(args, run.options());
}

async function journalsIn({ targets }: Run): Promise<string[]> {
  return (await readdir(targets))
    .filter((name) => /journal.*json$/.test(name))
    .map((name) => join(targets, name));
}

const PHASES = ['staging', 'swapping', 'committed'];

/** How far a restore had come: the index of its journal's phase; less before there was one, more when it was done. */
async function progressOf(run: Run): Promise<number> {
  const [journal] = await journalsIn(run);
  if (journal === undefined) return (await run.state(true)) === 'new' ? PHASES.length : -1;
  const text = await readFile(journal, 'utf8');
  return PHASES.findIndex((phase) => text.includes(`"phase": "${phase}"`));
}

async function crashAt(at: number, job: Job): Promise<Run> {
  const run = await newRun();
  const killed = withFault(job, { mode: 'kill', at });
  await runHoldfast(killed.arguments(run), killed.options(run));
  return run;
}

/** The last call to the file system that a restore makes in a phase, found by halving. */
async function lastCallIn(phase: string, job: Job): Promise<number> {
  let reached = 1;
  let beyond = (await countCalls(job, await newRun())) + 1;
  while (beyond - reached > 1) {
    const middle = (reached + beyond) >> 1;
    if ((await progressOf(await crashAt(middle, job))) > PHASES.indexOf(phase)) beyond = middle;
    else reached = middle;
  }
  return reached;
}

const lastCalls = new Map<string, number>();

/** Kills a restore when its journal is in a phase: before the last of its calls to the file system in it. */
async function crashIn(phase: string, job: Job = RESTORE): Promise<{ run: Run; journal: string }> {
  const known = `${job.title}: ${phase}`;
  for (let at = lastCalls.get(known) ?? (await lastCallIn(phase, job)); at > 0; at -= 1) {
    const run = await crashAt(at, job);
    const [journal] = await journalsIn(run);
    if (journal === undefined || (await progressOf(run)) !== PHASES.indexOf(phase)) continue;
    lastCalls.set(known, at);
    return { run, journal };
  }
  throw new Error(`no crash in ${phase}`);
}

async function change(journal: string, fields: (old: Record<string, unknown>) => object): Promise<void> {
  const old = JSON.parse(await readFile(journal, 'utf8')) as Record<string, unknown>;
  await writeFile(journal, JSON.stringify({ ...old, ...fields(old) }));
}

/** The host of a journal's process is another one. */
async function moveToHost(journal: string, host: string): Promise<void> {
  await change(journal, ({ process }) => ({
    process: { ...(process as object), host, machine: 'ffffffffffff' },
  }));
}

describe('restore --recover', () => {
  it('says that there is nothing, and where it looked', async () => {
    const recovery = await holdfast(await newRun(), 'restore', '--recover');
    expect(recovery).toMatchObject({ code: 0 });
    expect(recovery.stderr).toContain('No unfinished restore was found');
  });

  it.each([
    ['swapping', 'undone', 'old'],
    ['committed', 'finished', 'new'],
  ] as const)(
    'alone finds a crash in %s, says what it found, and what became of it: %s',
    async (phase, outcome, state) => {
      const { run } = await crashIn(phase, phase === 'swapping' ? FILES_ALONE : RESTORE);
      const recovery = await holdfast(run, 'restore', '--recover');
      expect(recovery).toMatchObject({ code: 0 });
      expect(recovery.stderr).toContain('new.zip');
      expect(recovery.stderr).toMatch(/begun \d{4}-/);
      expect(recovery.stderr).toContain(outcome === 'undone' ? 'Undid' : 'Finished');
      expect(await run.state(phase === 'swapping')).toBe(state);
      expect(await run.leftovers()).toEqual([]);
    },
  );

  it('without a pointer to the journal finds it where the storages are', async () => {
    const { run } = await crashIn('swapping');
    const elsewhere = { ...run.options().env, XDG_STATE_HOME: join(run.folder, 'out') };
    const nothing = await runHoldfast(['restore', '--recover'], { env: elsewhere });
    expect(nothing.stderr).toContain('No unfinished restore');
    const recovery = await runHoldfast(['restore', '--recover', ...run.places.options()], { env: elsewhere });
    expect(recovery).toMatchObject({ code: 0 });
    expect(['old', 'new']).toContain(await run.state(false));
  });

  it('with --dry-run says what there is and changes nothing', async () => {
    const { run, journal } = await crashIn('swapping');
    const before = await readFile(journal, 'utf8');
    const recovery = await holdfast(run, 'restore', '--recover', '--dry-run');
    expect(recovery).toMatchObject({ code: 0 });
    expect(recovery.stderr).toContain(journal);
    expect(await readFile(journal, 'utf8')).toBe(before);
  });

  it.each([
    ['swapping', FILES_ALONE, 'would undo it'],
    ['swapping', RESTORE, 'would ask the database'],
    ['committed', RESTORE, 'would finish it'],
  ] as const)('with --dry-run says what it would do in %s', async (phase, job, words) => {
    const { run } = await crashIn(phase, job);
    expect((await holdfast(run, 'restore', '--recover', '--dry-run')).stderr).toContain(words);
  });

  it('says what became of it also with --quiet', async () => {
    const { run } = await crashIn('swapping', FILES_ALONE);
    const { stderr } = await holdfast(run, 'restore', '--recover', '--quiet');
    expect(stderr).toMatch(/Found an unfinished restore of .*\n.*Undid the restore/);
  });

  it('that is interrupted does not say that nothing is left', async () => {
    const { run, journal } = await crashIn('swapping');
    // A server that never answers.
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    for (const args of [['restore', '--recover'], RESTORE.arguments(run)]) {
      const database = ['--database', `postgres://postgres@127.0.0.1:${port}/${run.database}`];
      const given = args.filter((word, index) => word !== '--database' && args[index - 1] !== '--database');
      const { child, result } = startHoldfast([...given, ...database], run.options());
      silent.once('connection', (socket) => {
        socket.on('error', () => {});
        child.kill('SIGINT');
      });
      const { code, stderr } = await result;
      expect(code).toBe(1);
      expect(stderr).toContain('There still is an unfinished restore');
      expect(stderr).not.toContain('Nothing was left behind');
    }
    expect(await readdir(run.targets)).toContain(journal.slice(journal.lastIndexOf('/') + 1));
    expect(await holdfast(run, 'restore', '--recover')).toMatchObject({ code: 0 });
  });

  it('clears away an empty pointer, and what a writer that was killed left of one', async () => {
    const run = await newRun();
    const pointers = join(run.folder, 'home', 'holdfast', 'restores');
    await mkdir(pointers, { recursive: true });
    await writeFile(join(pointers, '0123456789ab'), '');
    const { machine, boot } = thisProcess();
    await writeFile(join(pointers, `0123456789ab.${machine}-${boot}-${spawnSync('true').pid}-1`), '- /srv');
    expect(await holdfast(run, 'restore', '--recover')).toMatchObject({ code: 0 });
    expect(await run.leftovers()).toEqual([]);
  });

  it('takes no archive', async () => {
    expect(await holdfast(await newRun(), 'restore', 'a.zip', '--recover')).toMatchObject({ code: 2 });
  });

  it('undoes the files without asking the database, when told to', async () => {
    const { run } = await crashIn('swapping');
    await server.dropDatabase(run.database);
    const asked = await holdfast(run, 'restore', '--recover');
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.stderr).toContain('--skip-database');
    const recovery = await holdfast(run, 'restore', '--recover', '--skip-database');
    expect(recovery).toMatchObject({ code: 0 });
    expect(await run.leftovers()).toEqual([]);
    await world.copyDatabase(run.database, 'old');
    expect(await run.state(false)).toBe('old');
  });
});

describe('a journal', () => {
  it('of another host is refused, until that host is said to be gone', async () => {
    const { run, journal } = await crashIn('swapping', FILES_ALONE);
    await moveToHost(journal, 'db7');
    const job = FILES_ALONE.arguments(run);
    for (const args of [['restore', '--recover'], job, ['restore', '--recover', '--from-host', 'db8']]) {
      const refused = await holdfast(run, ...args);
      expect(refused).toMatchObject({ code: 6 });
      expect(refused.stderr).toContain('db7');
      expect(refused.stderr).toContain('--from-host');
    }
    expect(await holdfast(run, 'restore', '--recover', '--from-host', 'db7')).toMatchObject({ code: 0 });
    expect(await run.state(true)).toBe('old');
    expect(await run.leftovers()).toEqual([]);
  });

  it('of a newer version is refused, with that version', async () => {
    const { run, journal } = await crashIn('swapping', FILES_ALONE);
    await change(journal, () => ({ journal: 2, tool: '7.0.0' }));
    for (const args of [['restore', '--recover'], FILES_ALONE.arguments(run)]) {
      const refused = await holdfast(run, ...args);
      expect(refused).toMatchObject({ code: 6 });
      expect(refused.stderr).toContain('7.0.0');
    }
  });

  it('of a restore that still runs is refused', async () => {
    const { run, journal } = await crashIn('swapping', FILES_ALONE);
    // Standard input that never ends keeps a process of holdfast alive.
    const waiting = startHoldfast(['verify', '-'], { ...run.options(), input: new Readable({ read() {} }) });
    const { pid } = waiting.child;
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    await change(journal, ({ process }) => ({ process: { ...(process as object), pid, began } }));
    for (const args of [['restore', '--recover'], FILES_ALONE.arguments(run)]) {
      const refused = await holdfast(run, ...args);
      expect(refused).toMatchObject({ code: 6 });
      expect(refused.stderr).toContain(`process ${pid}`);
    }
    waiting.child.kill('SIGKILL');
    await waiting.result;
    expect(await holdfast(run, 'restore', '--recover')).toMatchObject({ code: 0 });
  });

  it('that was moved away from its targets is not obeyed', async () => {
    const { run, journal } = await crashIn('swapping', FILES_ALONE);
    const elsewhere = join(run.folder, 'out', 'deep');
    await mkdir(elsewhere);
    await rename(journal, join(elsewhere, journal.slice(journal.lastIndexOf('/') + 1)));
    const recovery = await holdfast(run, 'restore', '--recover', '--storage', join(elsewhere, 'uploads'));
    expect(recovery.stderr).toContain('No unfinished restore');
  });
});

describe('after a crash', () => {
  it('the next restore says what it found, recovers, and goes on', async () => {
    const { run } = await crashIn('swapping');
    const again = await holdfast(run, ...RESTORE.arguments(run));
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('unfinished restore of');
    expect(await run.state(false)).toBe('new');
    expect(await run.leftovers()).toEqual([]);
  });

  it('a dry run lists it among the problems and changes nothing', async () => {
    const { run, journal } = await crashIn('swapping');
    const dry = await holdfast(run, ...RESTORE.arguments(run), '--dry-run');
    expect(dry).toMatchObject({ code: 6 });
    expect(dry.stderr).toContain('--recover');
    expect(await readdir(run.targets)).toContain(journal.slice(journal.lastIndexOf('/') + 1));
  });

  it('a restore into other targets only mentions it', async () => {
    const { run } = await crashIn('swapping');
    const storage = `media=${join(run.folder, 'out', 'media')}`;
    const archive = join(world.folder, 'new.zip');
    const other = ['--storage', storage, '--storage', `uploads=${join(run.folder, 'out', 'uploads')}`];
    const restore = await holdfast(run, 'restore', archive, '--skip-database', ...other);
    expect(restore).toMatchObject({ code: 0 });
    expect(restore.stderr).toContain('holdfast restore --recover');
  });

  it('a backup of what is in between is refused', async () => {
    const { run } = await crashIn('swapping');
    const backup = await holdfast(run, 'backup', 'out/a.zip', '--skip-database', ...run.places.options());
    expect(backup).toMatchObject({ code: 1 });
    expect(backup.stderr).toContain('restore --recover');
    expect(await readdir(join(run.folder, 'out'))).toEqual([]);
  });
});
