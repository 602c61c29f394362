import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD_ROLE, startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { builtExecutable } from '../support/executable.ts';
import { runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTool } from '../support/tools.ts';

const KEY = '0123456789abcdef'.repeat(4);
const PASSWORD = 'planted-secret-81f3';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A working directory with a folder `uploads`. */
async function workspace(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads', 'a.txt'), 'alpha');
  return folder;
}

/** Runs a call that must fail, and checks what holds for every failure. */
async function failing(
  args: string[],
  code: number,
  names: string,
  options: { cwd: string; env?: Record<string, string>; input?: Buffer },
): Promise<string> {
  const before = (await readdir(options.cwd)).toSorted();
  const result = await runHoldfast(args, options);
  expect(result.stderr).toContain(names);
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(/^Error: /m);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stderr).not.toContain(PASSWORD);
  expect(result.stdout.length).toBe(0);
  expect((await readdir(options.cwd)).toSorted()).toEqual(before);
  return result.stderr;
}

describe('the command line', () => {
  it.each([
    [['bakcup'], 'Did you mean backup?'],
    [['backup', '--storag', 'x'], 'Did you mean --storage?'],
    [['backup', '--jobs', 'many', '--skip-database', '--storage', 'uploads'], 'many'],
    [['backup', 'a.zip', 'b.zip', '--skip-database', '--storage', 'uploads'], 'b.zip'],
    [['backup', 'a.zip', '--storage', 'uploads'], 'No database is given'],
    [['backup', 'a.zip', '--skip-database'], 'nothing to back up'],
    [['backup', 'a.zip', '--skip-database', '--storage'], 'storage'],
    [['backup', 'a.zip', '--skip-database', '--storage', 'x=uploads', '--storage', 'X=uploads'], '"X"'],
    [['backup', 'a.zip', '--skip-database', '--storage', 'a b=uploads'], '"a b"'],
    [
      ['backup', 'a.zip', '--skip-database', '--storage', 'uploads', '--quiet', '--verbose'],
      '--quiet and --verbose',
    ],
    [['verify'], '<archive>'],
    [['decrypt', 'archive-without-suffix'], 'archive-without-suffix'],
    [['restore', 'a.zip', '--skip-database', '--skip-files'], 'nothing to restore'],
  ])('refuses %j', async (args, names) => {
    await failing(args, 2, names, { cwd: await workspace() });
  });
});

describe('keys', () => {
  it.each([
    ['too short', 'abcd', 'abcd'],
    ['no hex', 'g'.repeat(64), 'g'.repeat(64)],
  ])('refuses a key that is %s without showing it', async (_what, key, secret) => {
    const args = ['backup', 'a.zip', '--skip-database', '--storage', 'uploads'];
    const cwd = await workspace();
    expect(await failing(args, 2, 'key', { cwd, env: { HOLDFAST_KEY: key } })).not.toContain(secret);
    await writeFile(join(cwd, 'key'), key);
    expect(await failing([...args, '--key-file', 'key'], 2, 'Key file key', { cwd })).not.toContain(secret);
  });

  it('refuses a key file that is not there, a folder, and two keys', async () => {
    const cwd = await workspace();
    const args = ['backup', 'a.zip', '--skip-database', '--storage', 'uploads', '--key-file'];
    await failing([...args, 'nowhere'], 2, 'nowhere', { cwd });
    await failing([...args, 'uploads'], 2, 'uploads', { cwd });
    await failing(['backup', 'a.zip', '--skip-database', '--storage', 'uploads'], 2, 'Two keys', {
      cwd,
      env: { HOLDFAST_KEY: KEY, HOLDFAST_KEY_FILE: 'nowhere' },
    });
  });

  it('cannot ask for a key without a terminal', async () => {
    await failing(['verify', 'a.zip', '--key', '-'], 2, 'no terminal', { cwd: await workspace() });
  });
});

describe('databases', () => {
  it.each([
    ['no URL', () => 'nonsense', 2, 'nonsense'],
    ['an unknown scheme', () => `oracle://u:${PASSWORD}@h/d`, 2, 'oracle'],
    ['an unknown host', () => `postgres://u:${PASSWORD}@host.invalid/d`, 1, 'host.invalid'],
    ['an unknown database', () => server.url('nowhere'), 1, 'nowhere'],
    ['an unknown role', () => server.url('postgres', 'nobody-here'), 1, 'nobody-here'],
    [
      'a wrong password',
      () => server.url('postgres', PASSWORD_ROLE.name).replace(/:[^:@]+@/, `:${PASSWORD}@`),
      1,
      'password',
    ],
    ['an unknown parameter', () => `${server.url('postgres')}?frobnicate=1`, 2, 'frobnicate'],
  ])('refuses %s', async (_what, url, code, names) => {
    const cwd = await workspace();
    await failing(['backup', 'a.zip', '--storage', 'uploads'], code, names, {
      cwd,
      env: { HOLDFAST_DATABASE: url() },
    });
  });

  it('names host and port when the connection is refused', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const env = { HOLDFAST_DATABASE: `postgres://u:${PASSWORD}@127.0.0.1:${port}/d` };
    await failing(['backup', 'a.zip'], 1, String(port), { cwd: await workspace(), env });
  });

  it('refuses a database that is not empty, and says so for every target at once', async () => {
    const cwd = await workspace();
    await server.createDatabase('full');
    await server.query('full', 'create table t (x int)');
    await server.createDatabase('source');
    const backup = await runHoldfast(['backup', 'a.zip', '--storage', 'uploads'], {
      cwd,
      env: { HOLDFAST_DATABASE: server.url('source') },
    });
    expect(backup).toMatchObject({ code: 0 });
    const env = { HOLDFAST_DATABASE: server.url('full') };
    const said = await failing(
      ['restore', 'a.zip', '--storage', 'uploads'],
      6,
      'the database full at 127.0.0.1',
      {
        cwd,
        env,
      },
    );
    expect(said).toContain('uploads is not empty');
    expect(await server.query('full', 'select count(*)::int as n from t')).toEqual([{ n: 0 }]);
  });
});

describe('files and archives', () => {
  const restore = (archive: string): string[] => [
    'restore',
    archive,
    '--skip-database',
    '--storage',
    'restored',
  ];

  it('refuses a storage that is not there or no directory', async () => {
    const cwd = await workspace();
    const args = ['backup', 'a.zip', '--skip-database', '--storage'];
    await failing([...args, 'nowhere'], 1, 'nowhere', { cwd });
    await failing([...args, 'uploads/a.txt'], 1, 'uploads/a.txt', { cwd });
    await failing([...args, 'ftp://host/x'], 2, 'ftp', { cwd });
  });

  it('refuses an archive inside a storage', async () => {
    const cwd = await workspace();
    const args = ['--skip-database', '--storage', 'uploads'];
    await failing(['backup', 'uploads/a.zip', ...args], 2, 'uploads/a.zip', { cwd });
    await failing(['backup', 'uploads', ...args], 2, 'uploads', { cwd });
    expect(await readdir(join(cwd, 'uploads'))).toEqual(['a.txt']);
    if (process.platform !== 'linux') return;
    const redirected = `'${builtExecutable()}' backup - --skip-database --storage uploads > uploads/x.zip`;
    await expect(runTool('sh', ['-c', redirected], { cwd })).rejects.toMatchObject({ code: 2 });
    expect((await stat(join(cwd, 'uploads', 'x.zip'))).size).toBe(0);
  });

  it('refuses a folder that is not there and a location of an unknown kind', async () => {
    const cwd = await workspace();
    const args = ['--skip-database', '--storage', 'uploads'];
    await failing(['backup', 'nowhere/a.zip', ...args], 1, 'nowhere', { cwd });
    await failing(['backup', 'ftp://host/a.zip', ...args], 2, 'ftp', { cwd });
    await failing(['verify', 'nowhere.zip'], 1, 'nowhere.zip', { cwd });
    await failing(['verify', 'uploads'], 2, 'uploads', { cwd });
  });

  it('refuses what is no archive of ours, a cut one, and one of a newer format', async () => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'text.zip'), 'this is no zip archive at all, but long enough to look at');
    await writeFile(join(cwd, 'empty.zip'), '');
    await runTool(
      'python3',
      ['-c', "import zipfile; zipfile.ZipFile('foreign.zip','w').writestr('a.txt','x')"],
      { cwd },
    );
    const backup = await runHoldfast(['backup', '-', '--skip-database', '--storage', 'uploads'], { cwd });
    await writeFile(join(cwd, 'cut.zip'), backup.stdout.subarray(0, -100));
    for (const archive of ['text.zip', 'empty.zip', 'foreign.zip', 'cut.zip']) {
      for (const args of [['verify', archive], ['inspect', archive], restore(archive)]) {
        await failing(args, 4, archive, { cwd });
      }
    }
    await writeFile(join(cwd, 'whole.zip'), backup.stdout);
    const script = [
      'import zipfile, re',
      "source = zipfile.ZipFile('whole.zip'); target = zipfile.ZipFile('newer.zip', 'w')",
      'for info in source.infolist():',
      '    data = source.read(info)',
      "    if info.filename == 'manifest.json': data = re.sub(rb'\"format\": ?1', b'\"format\":2', data)",
      '    target.writestr(info, data)',
      'target.close()',
    ].join('\n');
    await runTool('python3', ['-c', script], { cwd });
    await failing(restore('newer.zip'), 1, 'newer', { cwd });
  });

  it('refuses a directory that is not empty', async () => {
    const cwd = await workspace();
    await runHoldfast(['backup', 'a.zip', '--skip-database', '--storage', 'uploads'], { cwd });
    await failing(
      ['restore', 'a.zip', '--skip-database', '--storage', 'uploads'],
      6,
      'uploads is not empty',
      { cwd },
    );
    expect(await readFile(join(cwd, 'uploads', 'a.txt'), 'utf8')).toBe('alpha');
  });

  it('fails on a full disk and leaves nothing', async () => {
    const cwd = await workspace();
    const { stdout, code, stderr } = await runHoldfast(
      ['backup', '/dev/full', '--skip-database', '--storage', 'uploads'],
      { cwd },
    );
    expect(stdout.length).toBe(0);
    expect(stderr).toContain('/dev/full');
    expect(code).not.toBe(0);
  });

  it('fails when standard output is closed early', async () => {
    const cwd = await workspace();
    await writeFile(join(cwd, 'uploads', 'large'), Buffer.alloc(32 << 20));
    await writeFile(
      join(cwd, 'uploads', 'random'),
      Buffer.from(Array.from({ length: 4 << 20 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)),
    );
    const { child, result } = startHoldfast(['backup', '-', '--skip-database', '--storage', 'uploads'], {
      cwd,
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await result.catch(() => ({ code: child.exitCode, stderr: '' }));
    expect(code).not.toBe(0);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
