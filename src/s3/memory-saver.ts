import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

/** From how much memory on V8 saves, and below how much no longer, in bytes. Every job is to stay below 256 MiB. */
const SAVE_ABOVE = 160 * 2 ** 20;
const SAVE_UNTIL = 144 * 2 ** 20;

/** In milliseconds. A look takes less than a thousandth of that. */
const LOOK_EVERY = 100;

let isWatching = false;

/**
 * From the first call on, lets V8 collect garbage more often while this process holds much memory: with the SDK, whose requests
 * allocate some 280 KiB each, most of it is garbage then. It ends no job and keeps no process alive. See docs/decisions/0023.
 */
export function saveMemory(): void {
  if (isWatching) return;
  isWatching = true;
  let isSaving = false;
  const look = (): void => {
    const held = process.memoryUsage.rss();
    if (isSaving ? held >= SAVE_UNTIL : held <= SAVE_ABOVE) return;
    isSaving = !isSaving;
    // V8 takes a change of this option while it runs.
    setFlagsFromString(isSaving ? '--memory-saver-mode' : '--no-memory-saver-mode');
  };
  setInterval(look, LOOK_EVERY).unref();
}
