import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** Runs a program, its output passed on, and throws unless it ends with exit code 0. */
export async function run(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    // npm is a batch file on Windows, which only a shell runs.
    shell: process.platform === 'win32',
    env: { ...process.env, ...environment },
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`);
}
