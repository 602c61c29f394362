import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openArchiveSink } from '../../src/location/archive-sink.ts';
import { openArchiveSource } from '../../src/location/archive-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recordingReporter } from './recording-reporter.ts';

const sourceOptions = {
  stdin: Readable.from([Buffer.from('from the pipe')]),
  reporter: recordingReporter(),
  signal: new AbortController().signal,
};
const sinkOptions = {
  stdout: new PassThrough(),
  checksum: false,
  contentType: 'application/zip',
  expectedSize: async () => ({ likely: 0, most: 0 }),
  env: {},
  reporter: recordingReporter(),
  signal: new AbortController().signal,
};

it.each([
  '',
  's3://ann:secret@bucket/key',
  'https://example.org/app.zip',
  'postgres:ann:secret@host/app',
  '0123456789abcdef'.repeat(4),
  '0123456789'.repeat(6),
])('%j is no location', async (location) => {
  for (const opening of [
    openArchiveSource(location, sourceOptions),
    openArchiveSink(location, sinkOptions),
  ]) {
    const error = await opening.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'usage' });
    expect((error as Error).message).not.toContain('secret');
    expect((error as Error).message).not.toContain('0123456789');
  }
});

it('a file whose name looks like a key or a URL is named with its folder', async () => {
  for (const name of ['0123456789abcdef'.repeat(4), 'a:b@c.zip']) {
    const sink = await openArchiveSink(join(await temporaryFolder(), name), sinkOptions);
    await sink.commit();
  }
});

describe('-', () => {
  it('reads standard input', async () => {
    const source = await openArchiveSource('-', sourceOptions);
    expect([source.name, source.size]).toEqual(['standard input', 13]);
    await source.close();
  });

  it('writes standard output', async () => {
    const sink = await openArchiveSink('-', sinkOptions);
    sink.stream.write('to the pipe');
    await sink.commit();
    expect(sink.name).toBe('standard output');
    expect(sinkOptions.stdout.read().toString()).toBe('to the pipe');
  });
});

it('a path is a file', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'in.zip'), 'in');
  const source = await openArchiveSource(join(folder, 'in.zip'), sourceOptions);
  expect(source.size).toBe(2);
  await source.close();
  const sink = await openArchiveSink(join(folder, 'out.zip'), sinkOptions);
  await sink.commit();
  expect((await readdir(folder)).toSorted()).toEqual(['in.zip', 'out.zip']);
});
