import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { isForeign, isRunning, thisProcess, type ProcessIdentity } from '../../src/core/process-identity.ts';
import { required, tool, type Found } from '../support/tools.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../src/core/process-identity.ts')).href;

/** A program that says what it is (or what `expression` makes of it) and waits until its input ends. */
function program(expression = 'thisProcess()'): string[] {
  return [
    process.execPath,
    '--input-type=module',
    '--eval',
    `import { isForeign, isRunning, thisProcess } from ${JSON.stringify(MODULE)};
     console.log(JSON.stringify(${expression}));
     process.stdin.on('end', () => process.exit()).resume();`,
  ];
}

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly identity: ProcessIdentity;
}

async function start(command: readonly string[]): Promise<Started> {
  const [file = '', ...args] = command;
  const child = spawn(file, args);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, identity: JSON.parse(line.toString()) as ProcessIdentity };
}

async function end({ child }: Started): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

const unshareTool = await tool('unshare');

/** Runs a command below `unshare`, which may be missing or forbidden. */
function unshare(context: TestContext, options: readonly string[], script: string): string {
  const { status, stdout, stderr } = spawnSync(
    required(context, unshareTool),
    [...options, 'sh', '-ec', script],
    { encoding: 'utf8', input: '' },
  );
  const found: Found<string> =
    status === 0
      ? { value: stdout.trim().split('\n').at(-1) ?? '' }
      : { reason: `no namespace can be made: ${stderr.trim()}` };
  return required(context, found);
}

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');

describe('a process', () => {
  it('is here and runs while it does', () => {
    expect(isForeign(thisProcess())).toBe(false);
    expect(isRunning(thisProcess())).toBe(true);
  });

  it('runs until it is killed', async () => {
    const started = await start(program());
    expect(started.identity.machine).toBe(thisProcess().machine);
    expect(isForeign(started.identity)).toBe(false);
    expect(isRunning(started.identity)).toBe(true);
    await end(started);
    expect(isRunning(started.identity)).toBe(false);
  });

  it('is not another one that got its number', (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells when a process began');
    expect(isRunning({ ...thisProcess(), began: '1' })).toBe(false);
  });

  it('that began at an unknown time is told by its number', () => {
    expect(isRunning({ ...thisProcess(), began: '' })).toBe(true);
  });

  it('that is dead and waits to be collected does not run', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells that a process is dead');
    // The parent is replaced by a program that never collects its children.
    const child = spawn('sh', ['-c', "exec 3<&0; sh -c 'echo $$; read x <&3' & exec sleep 1000"]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const zombie = { ...thisProcess(), pid: Number(line.toString()), began: '' };
    const began = spawnSync('cut', ['-d', ' ', '-f', '22', `/proc/${zombie.pid}/stat`], { encoding: 'utf8' });
    const identity = { ...zombie, began: began.stdout.trim() };
    expect(isRunning(identity)).toBe(true);
    child.stdin.end();
    // Ends when the state has become Z, or with the test's time.
    while (isRunning(identity)) await setImmediate();
    expect(() => process.kill(zombie.pid, 0)).not.toThrow();
  });

  it('of before a restart does not run, and is not foreign', (context) => {
    if (thisProcess().boot === '') context.skip('this system does not tell its runs apart');
    const boot = `${thisProcess().boot.startsWith('0') ? '1' : '0'}${thisProcess().boot.slice(1)}`;
    expect(isRunning({ ...thisProcess(), boot })).toBe(false);
    expect(isForeign({ ...thisProcess(), boot })).toBe(false);
  });

  it('of another machine is foreign', () => {
    expect(isForeign({ ...thisProcess(), machine: '0123456789ab' })).toBe(true);
  });
});

describe('a container', () => {
  it('is foreign to the machine that it runs on, and the machine to it', (context) => {
    const inside = unshare(context, ['--pid', '--fork', '--mount-proc'], quoted(program()));
    const identity = JSON.parse(inside) as ProcessIdentity;
    expect(identity.machine).toBe(thisProcess().machine);
    expect(isForeign(identity)).toBe(true);
    const seen = program(`isForeign(${JSON.stringify(thisProcess())})`);
    expect(unshare(context, ['--pid', '--fork', '--mount-proc'], quoted(seen))).toBe('true');
  });

  it('knows its own processes', (context) => {
    const own = program('[isForeign(thisProcess()), isRunning(thisProcess())]');
    expect(unshare(context, ['--pid', '--fork', '--mount-proc'], quoted(own))).toBe('[false,true]');
  });

  it("that sees another one's /proc does not mistake its processes for its own", (context) => {
    const own = program('[thisProcess().began, isRunning(thisProcess())]');
    // Process 1 of the namespace is looked at, whose namesake in /proc is the machine's own.
    expect(unshare(context, ['--pid', '--fork'], `exec ${quoted(own)}`)).toBe('["",true]');
  });

  it('without an identifier may be on any machine that restarted', (context) => {
    const hide =
      'for f in /etc/machine-id /var/lib/dbus/machine-id; do [ ! -e $f ] || mount --bind /dev/null $f; done';
    const inside = unshare(context, ['--mount'], `${hide}; ${quoted(program())}`);
    const identity = JSON.parse(inside) as ProcessIdentity;
    const bootOfAnother = 'f'.repeat(12);
    expect(identity.machine).toMatch(/^[0-9a-f]{12}$/);
    const rebooted = `${hide}; printf 00000000-0000-0000-0000-000000000000 > /tmp/.holdfast-boot-$$
      mount --bind /tmp/.holdfast-boot-$$ /proc/sys/kernel/random/boot_id; rm /tmp/.holdfast-boot-$$
      ${quoted(program(`isForeign(${JSON.stringify({ ...identity, boot: bootOfAnother })})`))}`;
    expect(unshare(context, ['--mount'], rebooted)).toBe('true');
  });
});

it('hidden by /proc counts as running', (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can hide processes');
  const hidden = program(`isRunning(${JSON.stringify({ ...thisProcess() })})`);
  const script = `mount -t proc -o hidepid=2 proc /proc
    exec setpriv --reuid=65534 --clear-groups ${quoted(hidden)}`;
  expect(unshare(context, ['--mount'], script)).toBe('true');
});
