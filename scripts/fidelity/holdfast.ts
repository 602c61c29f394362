import { join } from 'node:path';
import process from 'node:process';
import { builtExecutable } from '../../test/support/executable.ts';
import { neutralEnvironment } from '../../test/support/neutral-environment.ts';
import { runTool } from '../../test/support/tools.ts';

/** Runs holdfast; rejects with what it says when it fails. */
export type Holdfast = (args: readonly string[]) => Promise<void>;

/** The built executable, or the source run as it is. */
export function findHoldfast({ fromSource }: { fromSource: boolean }): Holdfast {
  const command = fromSource
    ? [process.execPath, join(import.meta.dirname, '..', '..', 'src', 'main.ts')]
    : [builtExecutable()];
  return async (args) => {
    const [program = '', ...first] = command;
    try {
      await runTool(program, [...first, ...args, '--quiet', '--no-color'], { env: neutralEnvironment() });
    } catch (error) {
      const { stderr, message } = error as { stderr?: Buffer; message: string };
      throw new Error(`holdfast ${args[0]}: ${stderr?.toString().trim() || message}`, { cause: error });
    }
  };
}
