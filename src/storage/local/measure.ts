import type { Reporter } from '../../core/reporter.ts';
import type { StorageSize } from '../storage.ts';
import type { Accounts } from './accounts.ts';
import { fromText } from './paths.ts';
import { walk } from './walk.ts';

const NOBODY: Accounts = {
  userName: () => undefined,
  groupName: () => undefined,
  uidOf: () => undefined,
  gidOf: () => undefined,
};

const QUIET: Reporter = { phase: () => {}, progress: () => {}, warning: () => {}, detail: () => {} };

/** The files of a directory, links and directories not counted, and their bytes; without what may not be looked at. */
export async function measureTree(
  path: string,
  skipLostAndFound: boolean,
  signal: AbortSignal,
): Promise<StorageSize> {
  const root = fromText(path);
  const options = { root, skipLostAndFound, accounts: NOBODY, exclude: () => false, reporter: QUIET, signal };
  let files = 0;
  let bytes = 0;
  for await (const { type, size } of walk(options, () => {})) {
    if (type === 'file') files += 1;
    bytes += size;
  }
  return { files, bytes };
}
