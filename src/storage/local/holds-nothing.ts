import { opendir } from 'node:fs/promises';
import { attempt } from './attempt.ts';
import { isNoContent } from './own-names.ts';
import { fromText } from './paths.ts';
import { isMissing } from './reason.ts';

/** True for a directory that is missing or empty. */
export async function holdsNothing(path: string): Promise<boolean> {
  return attempt('list', fromText(path), async () => {
    try {
      for await (const { name } of await opendir(path)) if (!isNoContent(name)) return false;
      return true;
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  });
}
