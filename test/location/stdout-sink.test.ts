import { spawn } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStdoutSink } from '../../src/location/stdout-sink.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, type Found } from '../support/tools.ts';

const program = fileURLToPath(new URL('write-stdout.ts', import.meta.url));

/** Runs the program with its standard output on a file; returns what it said and its exit code. */
async function writeTo(path: string, bytes: number): Promise<[string, unknown]> {
  const output = await open(path, 'w');
  const child = spawn(process.execPath, [program, String(bytes)], { stdio: ['ignore', output.fd, 'pipe'] });
  const [errors, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
  await output.close();
  return [errors, code];
}

describe('in a process', () => {
  it('writes all of it to a pipe', async () => {
    const child = spawn(process.execPath, [program, '5000000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(bytes).toBe(5_000_000);
  });

  it('writes all of it to a file', async () => {
    const path = join(await temporaryFolder(), 'out');
    expect(await writeTo(path, 3_000_000)).toEqual(['', 0]);
    expect((await stat(path)).size).toBe(3_000_000);
  });

  it('says when its reader went away', async () => {
    const child = spawn(process.execPath, [program, '50000000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.stdout.destroy());
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(errors).toBe(
      'failed: Standard output was closed early: its reader did not take the whole archive.\n',
    );
    expect(code).toBe(1);
  });

  it('says when the disk is full', async (context) => {
    const full: Found<string> = await stat('/dev/full').then(
      () => ({ value: '/dev/full' }),
      () => ({ reason: 'this system has no /dev/full' }),
    );
    const [errors, code] = await writeTo(required(context, full), 100_000);
    expect(errors).toBe('failed: Standard output cannot be written: the disk is full.\n');
    expect(code).toBe(1);
  });
});

describe('commit', () => {
  it('waits until everything has been taken, and leaves the output open', async () => {
    const taken: string[] = [];
    const releases: (() => void)[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        releases.push(() => {
          taken.push(chunk.toString());
          callback();
        });
      },
    });
    const sink = openStdoutSink(stdout);
    sink.stream.write('one');
    sink.stream.end('two');
    let done = false;
    const committing = sink.commit().then(() => (done = true));
    await new Promise(setImmediate);
    expect(done).toBe(false);
    while (taken.length < 2) {
      releases.shift()?.();
      await new Promise(setImmediate);
    }
    await committing;
    expect(taken).toEqual(['one', 'two']);
    expect(sink.bytesWritten()).toBe(6);
    expect([stdout.writableEnded, stdout.destroyed]).toEqual([false, false]);
    expect([stdout.listenerCount('error'), stdout.listenerCount('close')]).toEqual([0, 0]);
    await sink.abort();
    expect(stdout.destroyed).toBe(false);
  });

  it('fails when the output was closed before the end, even while nothing was being written', async () => {
    const stdout = new PassThrough();
    const sink = openStdoutSink(stdout);
    sink.stream.write('one');
    await new Promise(setImmediate);
    stdout.destroy();
    await expect(sink.commit()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('closed early'),
    });
  });

  it('fails when the output failed', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, callback) => callback(new Error('the line is dead')),
    });
    const sink = openStdoutSink(stdout);
    sink.stream.write('one');
    await expect(sink.commit()).rejects.toMatchObject({
      code: 'failed',
      message: 'Standard output cannot be written: the line is dead.',
    });
  });
});

describe('abort', () => {
  it('closes the output, so that its reader sees no proper end', async () => {
    const stdout = new PassThrough();
    const sink = openStdoutSink(stdout);
    sink.stream.write('half');
    await sink.abort();
    await sink.abort();
    expect([stdout.destroyed, stdout.writableFinished]).toEqual([true, false]);
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
  });

  it('ends a write that is waiting for the reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 1 });
    const sink = openStdoutSink(stdout);
    const writing = pipeline(Readable.from([Buffer.alloc(100), Buffer.alloc(100)]), sink.stream);
    await new Promise(setImmediate);
    await sink.abort();
    await expect(writing).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });
});
