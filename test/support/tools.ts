import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

/** Something a test needs from the machine it runs on, or why the machine has it not. */
export type Found<T> = { readonly value: T; readonly reason?: never } | { readonly reason: string };

/** Looks for an external program on the PATH; the value is its path. */
export async function tool(name: string): Promise<Found<string>> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    ) {
      return { value: path };
    }
  }
  return { reason: `${name} is not installed` };
}

/** Runs a program to its end; rejects with its error output when it fails. Output up to 1 GiB. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ stdout: Buffer; stderr: string }> {
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    ...options,
    encoding: 'buffer',
    maxBuffer: 2 ** 30,
  });
  return { stdout, stderr: stderr.toString() };
}

/** What was found; without it the test is skipped and the reason printed. */
export function required<T>(context: TestContext, found: Found<T>): T {
  if (found.reason === undefined) return found.value;
  console.warn(`skipped "${context.task.name}": ${found.reason}`);
  return context.skip(found.reason);
}
