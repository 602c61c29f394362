import { basename, parse, resolve } from 'node:path';
import { HoldfastError } from '../../../core/errors.ts';

const FORMS =
  'A location is sqlite:PATH, or sqlite:///PATH for an absolute one; "%" in it is written %25, and "?" %3F.';

/**
 * The absolute path of the file that a location names: `sqlite:app.db`, `sqlite:/srv/app.db`, `sqlite:///srv/app.db`.
 * `%XX` stands for a byte, as in every URL.
 * @throws HoldfastError `usage` for what names no file
 */
export function parseLocation(url: string): string {
  // What is no location is not repeated: somebody may have put a password there.
  const refuse = (why: string): HoldfastError =>
    new HoldfastError('usage', `Not a location of a SQLite database: ${why}.`, { hint: FORMS });
  const text = url.replace(/^sqlite:/i, '');
  if (/^\/\/[^/]/.test(text)) throw refuse('a file has no host, and two slashes begin one');
  if (text.includes('?')) throw refuse('it has parameters, and a file has none');
  const path = decoded(text.replace(/^\/+/, '/'));
  if (path === null) throw refuse('a "%" in it is not followed by two hex digits that make UTF-8');
  if (path === '') throw refuse('it names no file');
  if (path.includes('\0')) throw refuse('no file has a name with a zero byte');
  if (path === ':memory:' || /^file:/i.test(path)) throw refuse('it must name a file on disk');
  return resolve(path);
}

/** What a database is called: its file's name, without a suffix that says no more than what it is. */
export function nameOfDatabase(path: string): string {
  const { name, ext } = parse(path);
  return /^\.(db3?|sqlite3?|s3db|sl3)$/i.test(ext) ? name : basename(path);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
