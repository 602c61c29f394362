import { fsync } from 'node:fs';
import { promisify } from 'node:util';

/** Waits until what was written to an open file is on the disk. */
export const sync = promisify(fsync);
