import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import {
  chmod,
  link,
  lutimes,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { matchPaths } from '../../../src/core/glob.ts';
import { toBytes } from '../../../src/storage/local/paths.ts';
import { lookAt } from '../../../src/storage/local/walk.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, tool } from '../../support/tools.ts';
import { bytePath, listAll, openSource } from './local-helpers.ts';
import { asUnprivileged } from './unprivileged.ts';

describe('list', () => {
  it('keeps names of any bytes, in the order of their bytes', async (context) => {
    if (process.platform !== 'linux') {
      console.warn(`skipped "${context.task.name}": only Linux takes names of any bytes`);
      return context.skip();
    }
    const folder = await temporaryFolder();
    const names = [
      Buffer.from(' leading space'),
      Buffer.from('\n\u001b[31m'),
      Buffer.from([0x80, 0xff, 0xfe]),
      Buffer.from([0xc3]),
      Buffer.from('\\'),
      Buffer.from('é'),
      Buffer.from('é'.normalize('NFD')),
      Buffer.from('n'.repeat(255)),
      Buffer.from('😀'),
    ];
    for (const name of names) await writeFile(bytePath(folder, name), name);
    const source = await openSource(folder);
    const { items } = await listAll(source);
    expect(items.map(({ path }) => path.toString('hex'))).toEqual(
      names.map((name) => name.toString('hex')).toSorted(),
    );
    for (const item of items) expect(await buffer((await source.open(item)).content)).toEqual(item.path);
  });

  it('says so when what was a symlink is none any more', async () => {
    const root = await temporaryFolder();
    await symlink('elsewhere', join(root, 'l'));
    // Asked for between the two looks at it.
    const userName = (): undefined => {
      rmSync(join(root, 'l'));
      writeFileSync(join(root, 'l'), 'a file');
    };
    const accounts = { userName, groupName: () => undefined, uidOf: () => undefined, gidOf: () => undefined };
    const options = {
      root,
      accounts,
      skipLostAndFound: false,
      exclude: () => false,
      reporter: recordingReporter(),
      signal: new AbortController().signal,
    };
    const path = toBytes('l');
    expect(await lookAt(options, path)).toEqual({ problem: { path, reason: 'no longer a symlink' } });
  });

  it('gives attributes as the file system has them', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'f'), 'four', { mode: 0o600 });
    await chmod(join(folder, 'f'), 0o6751);
    await utimes(join(folder, 'f'), 1_700_000_000.25, 1_700_000_000.25);
    await mkdir(join(folder, 'd'));
    await chmod(join(folder, 'd'), 0o1777);
    await symlink('../outside', join(folder, 'l'));
    await lutimes(join(folder, 'l'), 1_600_000_000, 1_600_000_000);
    const { items } = await listAll(await openSource(folder));
    const { uid, gid, username } = userInfo();
    expect(items).toMatchObject([
      { type: 'directory', size: 0, mode: 0o1777 },
      { type: 'file', size: 4, mode: 0o6751, mtimeNs: 1_700_000_000_250_000_000n, uid, gid, owner: username },
      { type: 'symlink', size: 0, mtimeNs: 1_600_000_000_000_000_000n, target: Buffer.from('../outside') },
    ]);
  });

  it('does not follow links, and gives a file under each of its names', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'secret'), '');
    await mkdir(join(folder, 'root'));
    await writeFile(join(folder, 'root', 'one'), '1');
    await link(join(folder, 'root', 'one'), join(folder, 'root', 'two'));
    await symlink('../outside', join(folder, 'root', 'way-out'));
    await symlink('.', join(folder, 'root', 'round'));
    const { items, paths } = await listAll(await openSource(join(folder, 'root')));
    expect(paths).toEqual(['one', 'round', 'two', 'way-out']);
    expect(items.map(({ type }) => type)).toEqual(['file', 'symlink', 'file', 'symlink']);
  });

  it('leaves out what is excluded, looking into no excluded directory', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'cache', 'deep'), { recursive: true });
    await writeFile(join(folder, 'cache', 'deep', 'kept.txt'), '');
    await writeFile(join(folder, 'a.tmp'), '');
    await writeFile(join(folder, 'b.txt'), '');
    const asked: string[] = [];
    const matches = matchPaths(['*.tmp', 'cache']);
    const exclude = (path: string): boolean => {
      asked.push(path);
      return matches(path);
    };
    const { paths } = await listAll(await openSource(folder, recordingReporter(), exclude));
    expect(paths).toEqual(['b.txt']);
    expect(asked).toEqual(['a.tmp', 'b.txt', 'cache']);
  });

  it('skips sockets, pipes and devices with a warning', async (context) => {
    const mkfifo = required(context, await tool('mkfifo'));
    const folder = await temporaryFolder();
    await promisify(execFile)(mkfifo, [join(folder, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    onTestFinished(() => void server.close());
    const reporter = recordingReporter();
    const { paths, problems } = await listAll(await openSource(folder, reporter));
    expect(paths).toEqual([]);
    expect(problems).toEqual([]);
    // Siblings are looked at side by side.
    expect(reporter.warnings.toSorted()).toEqual([
      'skipped pipe: it is a named pipe',
      'skipped socket: it is a socket',
    ]);
  });

  it('reports what vanishes on the way, and goes on', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'f'), '');
    }
    const problems: string[] = [];
    const paths: string[] = [];
    const source = await openSource(folder);
    for await (const item of source.list(({ path, reason }) =>
      problems.push(`${path.toString()}: ${reason}`),
    )) {
      paths.push(item.path.toString());
      if (item.path.toString() === 'a') await rm(join(folder, 'a', 'f'));
      if (item.path.toString() === 'b') await rm(join(folder, 'b'), { recursive: true });
    }
    expect(paths).toEqual(['a', 'b', 'c', 'c/f']);
    expect(problems).toEqual(['b: vanished']);
  });

  it('does not list a directory that became a way out', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'outside', 'sub'), { recursive: true });
    await writeFile(join(folder, 'outside', 'sub', 'secret'), '');
    await mkdir(join(folder, 'root', 'd', 'sub'), { recursive: true });
    const problems: string[] = [];
    const paths: string[] = [];
    const source = await openSource(join(folder, 'root'));
    for await (const item of source.list(({ path, reason }) =>
      problems.push(`${path.toString()}: ${reason}`),
    )) {
      paths.push(item.path.toString());
      if (paths.length !== 2) continue;
      await rm(join(folder, 'root', 'd'), { recursive: true });
      await symlink('../outside', join(folder, 'root', 'd'));
    }
    expect(paths).toEqual(['d', 'd/sub']);
    expect(problems).toEqual(['d/sub: a directory above it became a symlink']);
  });

  it('reports a directory that may not be read', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'root', 'closed'), { recursive: true, mode: 0o755 });
    await writeFile(join(folder, 'root', 'f'), 'x');
    await chmod(join(folder, 'root', 'closed'), 0o000);
    const output = required(context, await asUnprivileged(folder, 'list', join(folder, 'root')));
    expect(output.split('\n')).toEqual(['closed', 'problem closed: permission denied', 'f', '']);
  });

  it('reports what lies deeper than a path can lead', async (context) => {
    if (process.platform !== 'linux') {
      console.warn(`skipped "${context.task.name}": it counts on the longest path of Linux, 4096 bytes`);
      return context.skip();
    }
    const folder = await temporaryFolder();
    const half = join(...Array.from({ length: 13 }, () => 'd'.repeat(200)));
    await mkdir(join(folder, 'upper', half), { recursive: true });
    await mkdir(join(folder, 'lower', half), { recursive: true });
    await rename(join(folder, 'lower'), join(folder, 'upper', half, 'lower'));
    // No path is too long then for what removes the folder.
    onTestFinished(() => rename(join(folder, 'upper', half, 'lower'), join(folder, 'lower')));
    await writeFile(join(folder, 'z'), '');
    const { paths, problems } = await listAll(await openSource(folder));
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.length).toBeLessThan(25);
    expect(paths.at(-1)).toBe('z');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/: path too long for this system$/);
  });

  it('lists 10,000 files of one directory in order', async () => {
    const folder = await temporaryFolder();
    for (let first = 0; first < 10_000; first += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, index) => writeFile(join(folder, `f${first + index}`), '')),
      );
    }
    const { paths } = await listAll(await openSource(folder));
    expect(paths).toEqual((await readdir(folder)).toSorted());
    expect(paths).toHaveLength(10_000);
  });
});
