import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder of this program in the user's state directory; it may not be there yet. Source: the XDG Base Directory
 * Specification, by which a relative path counts for nothing; on Windows the folder for what programs keep on this machine.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['XDG_STATE_HOME'] ?? '';
  const state = isAbsolute(given) ? given : process.platform === 'win32' && env['LOCALAPPDATA'];
  return join(state || join(env['HOME'] || homedir(), '.local', 'state'), 'holdfast');
}
