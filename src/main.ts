import { availableParallelism } from 'node:os';
import process from 'node:process';
import { run } from './cli/run.ts';

// Compression and hashing run on libuv's threads, 4 unless it is told otherwise before the first of them is needed.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, availableParallelism()));

// A reader that went away (`| head`) is found by the write that fails, and told of there; without a listener the
// error event of a standard stream would end the process on its own terms.
process.stderr.on('error', () => {});
process.stdout.on('error', () => {});

const leave = (code: number): never => process.exit(code);

void run({
  argv: process.argv.slice(2),
  // Only a command that reads it opens it: that takes milliseconds.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  leave,
}).then((code) => {
  // What is written to a pipe must be gone before the process is; an idle connection must not keep it.
  process.stdout.write('', () => process.stderr.write('', () => leave(code)));
});
