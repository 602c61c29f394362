import { readFile, stat } from 'node:fs/promises';
import { messageOf, systemCodeOf } from '../../../core/errors.ts';

/** What a line of a password file is matched with. */
export interface PasswordQuery {
  /** As libpq matches it: `localhost` for the default socket directory. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password that the file at `path` holds for a connection, or undefined (PostgreSQL documentation, 34.16).
 * A file that is missing is passed over; one that others may read is passed over with a warning, as libpq does.
 */
export async function readPasswordFile(
  path: string,
  query: PasswordQuery,
  warn: (message: string) => void,
): Promise<string | undefined> {
  let text;
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      warn(`The password file ${path} is not a plain file and is not used.`);
      return undefined;
    }
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      warn(`The password file ${path} may be read by others and is not used: run chmod 600 ${path}`);
      return undefined;
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT')
      warn(`The password file ${path} cannot be read: ${messageOf(error)}`);
    return undefined;
  }
  return findPassword(text, query);
}

/** The password of the first line of a password file that fits. */
export function findPassword(text: string, query: PasswordQuery): string | undefined {
  const wanted = [query.host, String(query.port), query.database, query.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/gsy)].slice(0, 4);
    const last = fields[3];
    if (!last || !last[0].endsWith(':')) continue;
    const fits = fields.every((field, index) => field[1] === '*' || unescape(field[1]!) === wanted[index]);
    if (fits) return unescape(line.slice(last.index + last[0].length));
  }
  return undefined;
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/gs, '$1');
}
