import { backup } from './backup.ts';
import type { Command } from './command.ts';
import { decrypt } from './decrypt.ts';
import { inspect } from './inspect.ts';
import { keygen } from './keygen.ts';
import { restore } from './restore.ts';
import { verify } from './verify.ts';

/** Every command, in the order of the help text. A command asks for its own options only. */
export const COMMANDS: readonly Command[] = [
  backup,
  restore,
  verify,
  decrypt,
  inspect,
  keygen,
] as readonly Command[];
