import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** Runs a program and throws, with what it printed, unless it ends with exit code 0. */
export async function run(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a batch file on Windows, which only a shell runs.
    shell: process.platform === 'win32',
    env: { ...process.env, ...environment },
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const [code, signal] = await once(child, 'close');
  if (code === 0) return;
  const end = signal ?? `exit code ${code}`;
  throw new Error(`${program} ${args.join(' ')} ended with ${end}:\n${Buffer.concat(printed).toString()}`);
}
