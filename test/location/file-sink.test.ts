import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeError } from '../../src/location/file-errors.ts';
import { openFileSink as open, type FileSinkOptions } from '../../src/location/file-sink.ts';
import type { ArchiveSink } from '../../src/location/sink.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';
import { smallDisk, withoutPrivileges } from './limits.ts';
import { recordingReporter } from './recording-reporter.ts';

const openFileSink = (path: string, options: Omit<FileSinkOptions, 'reporter'>): Promise<ArchiveSink> =>
  open(path, { reporter: recordingReporter(), ...options });

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'app.zip');
});

const names = async (): Promise<string[]> => (await readdir(folder)).toSorted();
const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
const content = (...parts: string[]): Readable => Readable.from(parts.map((part) => Buffer.from(part)));

describe('commit', () => {
  it('makes archive and checksum appear, and only then', async () => {
    const sink = await openFileSink(path, { checksum: true });
    await pipeline(content('one ', 'two'), sink.stream);
    expect(
      (await names()).every((name) => /^\.app\.zip(\.sha256)?\.holdfast-[0-9a-f-]+\.tmp$/.test(name)),
    ).toBe(true);
    await sink.commit();
    expect(await names()).toEqual(['app.zip', 'app.zip.sha256']);
    expect(await text('app.zip')).toBe('one two');
    expect([sink.name, sink.bytesWritten()]).toEqual([path, 7]);
  });

  it('ends the stream when nobody has', async () => {
    const sink = await openFileSink(path, { checksum: false });
    sink.stream.write('one ');
    sink.stream.write('two');
    await sink.commit();
    expect(await names()).toEqual(['app.zip']);
    expect(await text('app.zip')).toBe('one two');
  });

  it('waits for all that was handed over before the archive appears', async () => {
    const sink = await openFileSink(path, { checksum: true });
    const chunk = Buffer.alloc(1_000_003, 'x');
    for (let count = 0; count < 40; count++) sink.stream.write(chunk);
    await sink.commit();
    expect((await stat(path)).size).toBe(40_000_120);
    expect(sink.bytesWritten()).toBe(40_000_120);
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    expect(await text('app.zip.sha256')).toBe(`${digest}  app.zip\n`);
  });

  it('fails, and leaves nothing, when the stream was destroyed without an error', async () => {
    const sink = await openFileSink(path, { checksum: true });
    sink.stream.write('half');
    sink.stream.destroy();
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
    expect(await names()).toEqual([]);
  });

  it('writes an empty archive, and a big one', async () => {
    await (await openFileSink(join(folder, 'empty'), { checksum: false })).commit();
    expect(await text('empty')).toBe('');
    const sink = await openFileSink(path, { checksum: false });
    await pipeline(
      Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(1_000_003, 'x'))),
      sink.stream,
    );
    await sink.commit();
    expect((await stat(path)).size).toBe(40_000_120);
  });

  it.for(['app.zip', ' blanks  and \u00fc.zip', 'back\\slash.zip', 'two\nlines.zip'])(
    'writes a checksum of %j that sha256sum accepts',
    async (name, context) => {
      const sink = await openFileSink(join(folder, name), { checksum: true });
      await pipeline(content('what is in it'), sink.stream);
      await sink.commit();
      const sha256sum = required(context, await tool('sha256sum'));
      const { stdout } = await runTool(sha256sum, ['--check', '--strict', `${name}.sha256`], { cwd: folder });
      expect(stdout.toString()).toContain(': OK');
    },
  );

  it('makes files that only their owner can read, or as told', async () => {
    await (await openFileSink(path, { checksum: true })).commit();
    for (const name of await names()) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    const before = process.umask(0o027);
    try {
      await (await openFileSink(join(folder, 'shared'), { checksum: false, mode: 0o664 })).commit();
    } finally {
      process.umask(before);
    }
    expect((await stat(join(folder, 'shared'))).mode & 0o777).toBe(0o640);
  });

  it('can be called twice, and abort after it does nothing', async () => {
    const sink = await openFileSink(path, { checksum: true });
    await Promise.all([sink.commit(), sink.commit(), sink.abort()]);
    await sink.abort();
    expect(await names()).toEqual(['app.zip', 'app.zip.sha256']);
  });
});

describe('an existing file', () => {
  it.each(['app.zip', 'app.zip.sha256'])('%s is refused at once and stays as it is', async (name) => {
    await writeFile(join(folder, name), 'old');
    await expect(openFileSink(path, { checksum: true })).rejects.toMatchObject({
      code: 'usage',
      message: `${join(folder, name)} exists already, and is not replaced.`,
      hint: expect.any(String),
    });
    expect(await names()).toEqual([name]);
    expect(await text(name)).toBe('old');
  });

  it.each(['app.zip', 'app.zip.sha256'])(
    '%s that appears meanwhile stays as it is, and nothing else',
    async (name) => {
      const sink = await openFileSink(path, { checksum: true });
      await pipeline(content('new'), sink.stream);
      await writeFile(join(folder, name), 'from somebody else');
      await expect(sink.commit()).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(name),
      });
      expect(await names()).toEqual([name]);
      expect(await text(name)).toBe('from somebody else');
    },
  );

  it('is replaced only when told, with its checksum', async () => {
    await writeFile(path, 'old');
    await writeFile(`${path}.sha256`, 'old');
    const sink = await openFileSink(path, { checksum: true, overwrite: true });
    await pipeline(content('new'), sink.stream);
    expect(await text('app.zip')).toBe('old');
    await sink.commit();
    expect(await names()).toEqual(['app.zip', 'app.zip.sha256']);
    expect(await text('app.zip')).toBe('new');
    expect(await text('app.zip.sha256')).toContain('app.zip');
  });

  it('that cannot be replaced is left without a checksum of what was not written', async () => {
    const sink = await openFileSink(path, { checksum: true, overwrite: true });
    await pipeline(content('new'), sink.stream);
    await mkdir(path);
    await expect(sink.commit()).rejects.toMatchObject({ code: 'usage', message: `${path} is a directory.` });
    expect(await names()).toEqual(['app.zip']);
  });

  it('stays when its replacement is given up', async () => {
    await writeFile(path, 'old');
    const sink = await openFileSink(path, { checksum: true, overwrite: true });
    await pipeline(content('new'), sink.stream);
    await sink.abort();
    expect(await names()).toEqual(['app.zip']);
    expect(await text('app.zip')).toBe('old');
  });

  it('that is a link or device is never replaced', async () => {
    await symlink('/dev/null', path);
    for (const overwrite of [true, false]) {
      await expect(openFileSink(path, { checksum: false, overwrite })).rejects.toMatchObject({
        code: 'usage',
      });
    }
    await expect(openFileSink('/dev/null', { checksum: false, overwrite: true })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not a regular file'),
    });
  });

  it('that is a directory is refused, also when told to replace', async () => {
    await mkdir(path);
    for (const overwrite of [true, false]) {
      await expect(openFileSink(path, { checksum: false, overwrite })).rejects.toMatchObject({
        code: 'usage',
        message: `${path} is a directory.`,
      });
    }
  });
});

describe('abort', () => {
  it('leaves nothing, whenever it comes', async () => {
    await (await openFileSink(path, { checksum: true })).abort();
    expect(await names()).toEqual([]);

    const written = await openFileSink(path, { checksum: true });
    await pipeline(content('whole'), written.stream);
    await written.abort();
    await written.abort();
    expect(await names()).toEqual([]);

    const writing = await openFileSink(path, { checksum: true });
    writing.stream.write(Buffer.alloc(5_000_000));
    await writing.abort();
    expect(await names()).toEqual([]);
    await expect(writing.commit()).rejects.toMatchObject({ code: 'failed' });
    expect(await names()).toEqual([]);
  });

  it('leaves nothing after the input failed', async () => {
    const sink = await openFileSink(path, { checksum: true });
    const input = new Readable({ read: () => undefined });
    const writing = pipeline(input, sink.stream);
    input.push('begun');
    input.destroy(new Error('the server went away'));
    await expect(writing).rejects.toThrow('the server went away');
    await sink.abort();
    expect(await names()).toEqual([]);
  });
});

describe('failures', () => {
  it('of a full disk name the file, and leave nothing', async (context) => {
    const disk = required(context, await smallDisk());
    const sink = await openFileSink(join(disk, 'app.zip'), { checksum: true });
    const full = { code: 'failed', message: `${join(disk, 'app.zip')} cannot be written: the disk is full.` };
    const input = Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(100_000)));
    await expect(pipeline(input, sink.stream)).rejects.toMatchObject(full);
    await expect(sink.commit()).rejects.toMatchObject(full);
    expect(await readdir(disk)).toEqual([]);
  });

  it('of a disk that is full when the checksum is written leave nothing', async (context) => {
    const disk = required(context, await smallDisk());
    const sink = await openFileSink(join(disk, 'app.zip'), { checksum: true });
    await pipeline(Readable.from([Buffer.alloc(2 ** 20)]), sink.stream);
    await expect(sink.commit()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('disk is full'),
    });
    expect(await readdir(disk)).toEqual([]);
  });

  it.each([
    ['missing', 'does not exist'],
    ['file', 'is not a folder'],
  ])('name the folder: %s %s', async (below, what) => {
    await writeFile(join(folder, 'file'), '');
    await expect(openFileSink(join(folder, below, 'app.zip'), { checksum: true })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(`${join(folder, below)} ${what}`),
      hint: expect.any(String),
    });
    expect(await names()).toEqual(['file']);
  });

  it('say when permission is missing', async (context) => {
    const attempt = await withoutPrivileges(folder, async () => {
      if (process.geteuid?.() === (await stat(folder)).uid) await chmod(folder, 0o555);
      return openFileSink(path, { checksum: true }).catch((error: unknown) => error);
    });
    expect(required(context, attempt)).toMatchObject({
      code: 'failed',
      message: expect.stringContaining(`no permission to write into the folder ${folder}`),
    });
  });

  it('of the path say what is wrong with it', async () => {
    const long = join(folder, 'x'.repeat(300));
    await symlink('loop', join(folder, 'loop'));
    for (const [wrong, why] of [
      [long, 'too long'],
      [join(folder, 'loop', 'a.zip'), 'symlinks lead in a circle'],
    ] as const) {
      await expect(openFileSink(wrong, { checksum: false })).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringContaining(why),
        hint: expect.any(String),
      });
    }
  });

  it('that have no words of ours are shown in the words of the system', () => {
    const error = Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' });
    expect(writeError(path, error)).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('EIO'),
      cause: error,
    });
  });
});

it('works with a name alone, in the working directory', async () => {
  const before = process.cwd();
  process.chdir(dirname(path));
  try {
    const sink = await openFileSink(basename(path), { checksum: true });
    await sink.commit();
    expect(await names()).toEqual(['app.zip', 'app.zip.sha256']);
  } finally {
    process.chdir(before);
  }
});
