import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of this program in the user's state directory; it may not be there yet. Source: the XDG Base Directory
 * Specification; on Windows the folder for what programs keep on this machine.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const state = env['XDG_STATE_HOME'] || (process.platform === 'win32' && env['LOCALAPPDATA']);
  return join(state || join(env['HOME'] || homedir(), '.local', 'state'), 'holdfast');
}
