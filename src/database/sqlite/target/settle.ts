import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import { printable } from '../../../core/printable.ts';
import type { Engine, Outcome } from '../../engine.ts';
import { parseLocation } from '../file/location.ts';
import { fileAt, findPlace, isSameFile, type PlacedFile } from './place.ts';
import { discard } from './recover.ts';
import { parseStagedName, SWITCHING } from './staged.ts';

type Identity = Pick<PlacedFile, 'device' | 'inode'>;

/** What a journal keeps of a load. */
export interface LoadRecord extends JournalRecord {
  /** Where the database is. */
  readonly path: string;
  /** The name of the file that takes its place, in the same folder. */
  readonly staged: string;
  /** Which file that is. */
  readonly file: Identity;
  /** Which file was there before; null for none. */
  readonly before: Identity | null;
}

/**
 * Finds out what became of a load, and removes what is left of it: it was committed if the new file is where the old one was.
 * @throws HoldfastError `failed` when neither is there, `refused` for a record that makes no sense
 */
export async function settle(
  record: JournalRecord,
  { url, reporter }: Parameters<Engine['settle']>[1],
): Promise<Outcome> {
  const { path, staged, file, before } = parseRecord(record);
  if (url !== null) {
    // The whole folder may have been moved.
    const place = await findPlace(parseLocation(url)).catch(() => null);
    if (isSameFile(place?.file ?? null, file)) return 'committed';
  }
  const now = fileAt(path);
  if (isSameFile(now, file)) {
    reporter.detail(`${printable(path)} is the new database`);
    await discard(join(dirname(path), staged), { path, file: null });
    return 'committed';
  }
  const isStaged = [staged, staged + SWITCHING].map((name) => join(dirname(path), name)).filter(existsSync);
  for (const left of isStaged) await discard(left, { path, file: now });
  if (isStaged.length > 0 || isSameFile(now, before)) {
    reporter.detail(`${printable(path)} is the old database`);
    return 'rolled back';
  }
  throw new HoldfastError(
    'failed',
    `What became of the load cannot be found out: at ${printable(path)} is neither the old database nor the new one.`,
    {
      hint:
        'If it was moved, --database names the place where it is now. If it is gone: ' +
        'holdfast restore --recover --skip-database undoes the rest.',
    },
  );
}

function parseRecord(record: JournalRecord): LoadRecord {
  const { path, staged, file, before } = record;
  const isIdentity = (value: unknown): value is Identity =>
    typeof value === 'object' &&
    value !== null &&
    ['device', 'inode'].every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
  if (
    typeof path === 'string' &&
    typeof staged === 'string' &&
    parseStagedName(staged, path) !== null &&
    isIdentity(file) &&
    (before === null || isIdentity(before))
  ) {
    return { path, staged, file, before };
  }
  throw new HoldfastError('refused', 'What the journal says of the SQLite database makes no sense.', {
    hint: 'The journal was damaged. holdfast restore --recover --skip-database undoes the rest.',
  });
}
