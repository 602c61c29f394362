import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readRange } from '../../src/core/byte-source.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import { spoolStandardInput } from '../../src/location/spool.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, type Found } from '../support/tools.ts';
import { smallDisk } from './limits.ts';
import { recordingReporter } from './recording-reporter.ts';

/** Makes `folder` the system's folder for temporary files while the test runs. */
function useTemporaryFiles(folder: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
}

/** The modes of the open files that lie, or lay, below `folder`. */
async function openFiles(folder: string): Promise<Found<number[]>> {
  if (process.platform !== 'linux') return { reason: 'only Linux lists open files in /proc' };
  const modes: number[] = [];
  for (const descriptor of await readdir('/proc/self/fd')) {
    const path = join('/proc/self/fd', descriptor);
    const target = await readlink(path).catch(() => '');
    if (target.startsWith(`${folder}/`)) modes.push((await stat(path)).mode & 0o777);
  }
  return { value: modes };
}

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  useTemporaryFiles(folder);
});

describe('spoolStandardInput', () => {
  it('keeps what came, to be read at any place', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 11) & 0xff));
    const reporter = recordingReporter();
    const input = Readable.from([
      content.subarray(0, 7),
      content.subarray(7, 100_000),
      content.subarray(100_000),
    ]);
    const source = await spoolStandardInput(input, { reporter, signal: new AbortController().signal });
    onTestFinished(() => source.close());
    expect([source.name, source.size, reporter.bytes]).toEqual(['standard input', 300_000, 300_000]);
    expect(Buffer.concat(await Array.fromAsync(readRange(source, 0, source.size, 4096)))).toEqual(content);
    const target = Buffer.alloc(5);
    expect(await source.read(target, 150_000)).toBe(5);
    expect(target).toEqual(content.subarray(150_000, 150_005));
  });

  it('takes empty input', async () => {
    const options = { reporter: recordingReporter(), signal: new AbortController().signal };
    const source = await spoolStandardInput(Readable.from([]), options);
    expect(source.size).toBe(0);
    await source.close();
  });

  it.for(['as this system can', 'as one without unnamed files'])(
    'keeps it in a file that only we can read, without a name, and gone when closed: %s',
    async (how, context) => {
      const options = { reporter: recordingReporter(), signal: new AbortController().signal };
      const { platform } = process;
      if (how !== 'as this system can') Object.defineProperty(process, 'platform', { value: 'other' });
      const umask = process.umask(0);
      const source = await spoolStandardInput(Readable.from([Buffer.from('secret')]), options).finally(() => {
        process.umask(umask);
        Object.defineProperty(process, 'platform', { value: platform });
      });
      const modes = await openFiles(folder);
      const names = await readdir(folder);
      await source.close();
      expect(required(context, modes)).toEqual([0o600]);
      expect(names).toEqual([]);
      expect(required(context, await openFiles(folder))).toEqual([]);
    },
  );

  it('stops when it is told to, and closes its file', async (context) => {
    const stop = new AbortController();
    const input = new PassThrough();
    const reporter = recordingReporter();
    reporter.progress = () => stop.abort(new HoldfastError('interrupted', 'Interrupted by SIGINT.'));
    input.write('never ended');
    const spooling = spoolStandardInput(input, { reporter, signal: stop.signal });
    await expect(spooling).rejects.toMatchObject({ code: 'interrupted', message: 'Interrupted by SIGINT.' });
    expect(await readdir(folder)).toEqual([]);
    expect(required(context, await openFiles(folder))).toEqual([]);
  });

  it('says when input fails', async () => {
    const input = new PassThrough();
    const spooling = spoolStandardInput(input, {
      reporter: recordingReporter(),
      signal: new AbortController().signal,
    });
    input.destroy(new Error('the cable is out'));
    await expect(spooling).rejects.toMatchObject({
      code: 'failed',
      message: 'Standard input cannot be read: the cable is out.',
    });
  });

  it('waits for the disk instead of heaping up', async () => {
    let given = 0;
    let most = 0;
    const reporter = recordingReporter();
    const input = Readable.from(
      (function* () {
        for (; given < 50_000_000; given += 1_000_000) {
          most = Math.max(most, given - reporter.bytes);
          yield Buffer.alloc(1_000_000);
        }
      })(),
    );
    const source = await spoolStandardInput(input, { reporter, signal: new AbortController().signal });
    expect(source.size).toBe(50_000_000);
    expect(most).toBeLessThan(25_000_000);
    await source.close();
  });

  it('names the folder and TMPDIR when the disk is full', async (context) => {
    const disk = required(context, await smallDisk());
    useTemporaryFiles(disk);
    const input = Readable.from([Buffer.alloc(600_000), Buffer.alloc(600_000)]);
    const options = { reporter: recordingReporter(), signal: new AbortController().signal };
    await expect(spoolStandardInput(input, options)).rejects.toMatchObject({
      code: 'failed',
      message: `Standard input cannot be kept in ${disk}: there is no room left.`,
      hint: expect.stringContaining('TMPDIR'),
    });
    expect(required(context, await openFiles(disk))).toEqual([]);
  });

  it('names the folder and TMPDIR when the folder is missing', async () => {
    useTemporaryFiles(join(folder, 'missing'));
    const options = { reporter: recordingReporter(), signal: new AbortController().signal };
    await expect(spoolStandardInput(Readable.from([]), options)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(join(folder, 'missing')),
      hint: expect.stringContaining('TMPDIR'),
    });
  });
});
