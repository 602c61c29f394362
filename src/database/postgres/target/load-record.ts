import { resolve } from 'node:path';
import { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import type { ConnectOptions } from '../../engine.ts';
import { type ParameterName, parameterNames, resolveParameters } from '../connection/parameters.ts';
import type { Session } from '../connection/session.ts';
import { parseConnectionUrl } from '../connection/url.ts';

/** What tells one database of one server from all others. Null where a server does not tell. */
export interface DatabaseIdentity {
  /** The oid of the database, which no other of the server has or will have. */
  readonly oid: string;
  readonly database: string;
  /** What initdb gave to the server; its standbys and its copies have it too. */
  readonly system: string | null;
  /** The history of the server that it writes: every promotion of a standby begins another. */
  readonly timeline: string | null;
}

/** A load, so that its end can be asked for later: nothing in it is secret. */
export type LoadRecord = TransactionRecord | StagedRecord;

/** What is known of a load before it is known which way it goes. */
export interface LoadIdentity extends DatabaseIdentity {
  readonly engine: 'postgres';
  /** How to connect again, without passwords. */
  readonly url: string;
}

/** A load in one transaction. */
export interface TransactionRecord extends LoadIdentity {
  /** The transaction's id, with its epoch. */
  readonly transaction: string;
  /** The server's process that has it. */
  readonly process: string;
}

/** A load in a database beside the target, which takes the target's name in the end. */
export interface StagedRecord extends LoadIdentity {
  readonly staging: StagingIdentity;
}

export interface StagingIdentity {
  readonly oid: string;
  /** As it is called until then. */
  readonly name: string;
  /** As in `SideDatabases.token`. */
  readonly token: string;
}

export function isStaged(record: LoadRecord): record is StagedRecord {
  return 'staging' in record;
}

/** Reads what a session's database is. Not in a transaction: some servers refuse a part of the questions. */
export async function readIdentity(session: Session): Promise<DatabaseIdentity> {
  const [row] = await session.query(
    'SELECT oid, datname AS database FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()',
  );
  const told = async (sql: string): Promise<string | null> => {
    try {
      return (await session.query(`SELECT (${sql})::text AS value`))[0]?.['value'] ?? null;
    } catch (error) {
      if (session.isLost || error instanceof HoldfastError) throw error;
      return null;
    }
  };
  return {
    oid: row?.['oid'] ?? '',
    database: row?.['database'] ?? '',
    system: await told('SELECT system_identifier FROM pg_catalog.pg_control_system()'),
    // What pg_control says of it is only as new as the last checkpoint.
    timeline: await told(
      'pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8)',
    ),
  };
}

/** What the record of a load into a session's database begins with. */
export async function identifyLoad(
  session: Session,
  options: Pick<ConnectOptions, 'url' | 'env'>,
): Promise<LoadIdentity> {
  const identity = await readIdentity(session);
  return { engine: 'postgres', url: urlWithoutSecrets(session, options), ...identity };
}

const secrets: readonly ParameterName[] = ['password', 'sslpassword'];
const files: readonly ParameterName[] = ['passfile', 'sslcert', 'sslkey', 'sslrootcert', 'sslcrl'];

/** A URL that leads to where `session` is from any directory and environment, but for passwords. */
function urlWithoutSecrets(session: Session, options: Pick<ConnectOptions, 'url' | 'env'>): string {
  const parameters = resolveParameters(parseConnectionUrl(options.url), options.env, () => undefined);
  const { host, port, database, user } = session.address;
  const pairs = parameterNames.flatMap((name) => {
    const value = parameters(name);
    if (value === undefined || ['host', 'port', 'dbname', 'user'].includes(name) || secrets.includes(name)) {
      return [];
    }
    const isFile = files.includes(name) && value !== 'system';
    return [`${name}=${encodeURIComponent(isFile ? resolve(value) : value)}`];
  });
  const [at, path] = [encodeURIComponent(host), encodeURIComponent(database)];
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `postgres://${encodeURIComponent(user)}@${at}:${port}/${path}${query}`;
}

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
    record['engine'] === 'postgres' &&
    isText('url', /^postgres:\/\//) &&
    (isStagingIdentity(record['staging']) ||
      (record['staging'] === undefined &&
        isText('transaction', /^\d{1,20}$/) &&
        isText('process', /^\d{1,10}$/))) &&
    isText('oid', /^\d{1,10}$/) &&
    isText('database', /./s) &&
    (record['system'] === null || isText('system', /^\d{1,20}$/)) &&
    (record['timeline'] === null || isText('timeline', /^[0-9A-F]{8}$/));
  if (isGood) return record as unknown as LoadRecord;
  throw new HoldfastError('refused', 'The journal does not say which PostgreSQL database it is about.', {
    hint: 'Was it changed? holdfast restore --recover --skip-database puts the files back as they were.',
  });
}

function isStagingIdentity(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { oid, name, token } = value as Record<string, unknown>;
  const isText = (text: unknown, pattern: RegExp): boolean => typeof text === 'string' && pattern.test(text);
  return isText(oid, /^\d{1,10}$/) && isText(name, /^[\w-]+_new$/) && isText(token, /^[0-9a-f]{12}$/);
}
