import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer, text } from 'node:stream/consumers';
import { builtExecutable } from './executable.ts';
import { neutralEnvironment } from './neutral-environment.ts';

export interface HoldfastOptions {
  /** Added to the environment, in which nothing else configures holdfast or a database. */
  readonly env?: Record<string, string>;
  /** What standard input holds; nothing unless given. */
  readonly input?: string | Buffer | Readable;
  readonly cwd?: string;
}

export interface HoldfastResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the built executable to its end, whatever its exit code. */
export async function runHoldfast(
  args: readonly string[],
  options: HoldfastOptions = {},
): Promise<HoldfastResult> {
  return startHoldfast(args, options).result;
}

/** Starts the built executable, for tests that send signals or close streams. */
export function startHoldfast(
  args: readonly string[],
  options: HoldfastOptions = {},
): { child: ChildProcess; result: Promise<HoldfastResult> } {
  const child = spawn(builtExecutable(), args, {
    cwd: options.cwd,
    env: { ...neutralEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const finish = async (): Promise<HoldfastResult> => {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      buffer(child.stdout),
      text(child.stderr),
      ended,
      feed(child, options.input ?? ''),
    ]);
    return { code, signal, stdout, stderr };
  };
  return { child, result: finish() };
}

/** Writes standard input. That the program ends without reading all of it is its own affair. */
async function feed(child: ChildProcess, input: string | Buffer | Readable): Promise<void> {
  const { stdin } = child;
  if (stdin === null) return;
  const source = typeof input === 'string' || Buffer.isBuffer(input) ? [input] : input;
  await pipeline(source, stdin).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}
