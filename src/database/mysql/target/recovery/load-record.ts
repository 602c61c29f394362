import { resolve } from 'node:path';
import { HoldfastError } from '../../../../core/errors.ts';
import type { JournalRecord } from '../../../../core/journal-record.ts';
import type { ConnectionConfig } from '../../connection/config.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { parseConnectionUrl } from '../../connection/url.ts';

/** A load, so that its end can be asked for later: nothing in it is secret. */
export interface LoadRecord {
  readonly engine: 'mysql';
  /** How to connect again, without passwords. */
  readonly url: string;
  readonly database: string;
  /** What the server calls itself, unlike all others; null where it does not. */
  readonly server: string | null;
  /** As in `SideDatabases.token`. */
  readonly token: string;
}

/** What tells a server from all others: null where it does not say. */
export async function readServerIdentity(session: Session): Promise<string | null> {
  const variable = session.server.flavor === 'mysql' ? 'server_uuid' : 'server_uid';
  try {
    return (await session.query(`SELECT @@${variable} AS id`))[0]?.['id'] ?? null;
  } catch (error) {
    if (isServerError(error)) return null;
    throw error;
  }
}

const files: readonly string[] = ['ssl-ca', 'ssl-cert', 'ssl-key', 'server-public-key-path'];

/** A URL that leads to where `config` does from any directory, but for passwords. */
export function urlWithoutSecrets(given: string, { places, user, database }: ConnectionConfig): string {
  const { scheme, parameters } = parseConnectionUrl(given);
  const [place] = places;
  const pairs = [...parameters]
    .filter(([name]) => name !== 'socket')
    .map(([name, value]) => [name, files.includes(name.replaceAll('_', '-')) ? resolve(value) : value]);
  if (place !== undefined && 'socket' in place) pairs.push(['socket', place.socket]);
  const host = place === undefined || 'socket' in place ? '' : `${bracketed(place.host)}:${place.port}`;
  const query = pairs.map((pair) => pair.map((text) => encodeURIComponent(text ?? '')).join('=')).join('&');
  const path = encodeURIComponent(database);
  return `${scheme}://${encodeURIComponent(user)}@${host}/${path}${query === '' ? '' : `?${query}`}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : encodeURIComponent(host);
}

/** What helps when nobody can tell any more. */
export const withoutDatabase =
  'holdfast restore --recover --skip-database puts the files back as they were, without asking the database.';

/**
 * Takes a record of a journal for what it says it is.
 * @throws HoldfastError `refused` when it is none of this engine's
 */
export function parseLoadRecord(record: JournalRecord): LoadRecord {
  const isText = (name: string, pattern: RegExp): boolean => {
    const value = record[name];
    return typeof value === 'string' && pattern.test(value);
  };
  const isGood =
    record['engine'] === 'mysql' &&
    isText('url', /^(?:mysql|mariadb):\/\//) &&
    isText('database', /./s) &&
    isText('token', /^[0-9a-f]{12}$/) &&
    (record['server'] === null || isText('server', /./));
  if (isGood) return record as unknown as LoadRecord;
  throw new HoldfastError('refused', 'The journal does not say which MySQL database it is about.', {
    hint: 'Was it changed? holdfast restore --recover --skip-database puts the files back as they were.',
  });
}
