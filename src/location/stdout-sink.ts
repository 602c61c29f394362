import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { ArchiveSink } from './sink.ts';

const NAME = 'standard output';

/** What Node and the systems call a reader that went away: a pipe, a socket, a stream already closed. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** Writes an archive to `stdout`, which stays open after `commit` and is destroyed by `abort`. */
export function openStdoutSink(stdout: Writable): ArchiveSink {
  const stream = new StdoutWriter(stdout);
  return {
    name: NAME,
    stream,
    bytesWritten: () => stream.bytesWritten,
    async commit() {
      if (!stream.writableEnded) stream.end();
      await finished(stream).catch((error: unknown) => {
        throw outputError(error);
      });
    },
    async abort() {
      if (stream.writableFinished) return;
      stream.destroy();
      stdout.destroy();
    },
  };
}

/**
 * Hands each chunk to `stdout` and waits until it has been taken, so that its end means that all is flushed.
 */
class StdoutWriter extends Writable {
  bytesWritten = 0;
  readonly #stdout: Writable;
  readonly #fail = (error: unknown): void => void this.destroy(outputError(error));
  readonly #close = (): void => void this.destroy(closedEarly());

  constructor(stdout: Writable) {
    super();
    this.#stdout = stdout;
    stdout.on('error', this.#fail);
    stdout.on('close', this.#close);
    // Whoever writes or commits learns of an error; met while nobody does, it must not end the process.
    this.on('error', () => undefined);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#stdout.write(chunk, (error) => {
      if (!error) this.bytesWritten += chunk.length;
      callback(error ? outputError(error) : null);
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stdout.off('close', this.#close);
    // After a failure `stdout` may still emit its error, which would be uncaught.
    if (this.writableFinished) this.#stdout.off('error', this.#fail);
    callback(error);
  }
}

function outputError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const code = systemCodeOf(error) ?? '';
  if (CLOSED.has(code)) return closedEarly(error);
  const what = code === 'ENOSPC' ? 'the disk is full' : messageOf(error);
  return new HoldfastError('failed', `Standard output cannot be written: ${what}.`, { cause: error });
}

function closedEarly(cause?: unknown): HoldfastError {
  return new HoldfastError(
    'failed',
    'Standard output was closed early: its reader did not take the whole archive.',
    {
      cause,
    },
  );
}
