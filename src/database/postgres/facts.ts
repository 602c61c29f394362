import type { DatabaseFacts } from '../engine.ts';
import type { Requirements } from './catalog/demands/requirements.ts';
import type { Session } from './connection/session.ts';

/** What a manifest keeps of a PostgreSQL database. */
export interface PostgresFacts extends DatabaseFacts {
  /** As server_version_num: 150018 is 15.18. */
  readonly versionNumber: number;
  readonly collate: string;
  readonly ctype: string;
  /** `libc`, `icu` or `builtin`. */
  readonly localeProvider: string;
  /** The locale of ICU or of the built-in provider. */
  readonly locale: string | null;
  /** Rules of ICU that the database has beside its locale. Unknown to archives of the first versions. */
  readonly icuRules?: string | null;
  /** The version of the library's data behind the locale; null where the server cannot tell (before 15). */
  readonly collationVersion?: string | null;
  /**
   * The encoding of names and statements: `UTF8`, also when it is left out, or the database's own. Then bytes that are no
   * UTF-8 stand in strings as lone surrogates (core/byte-text.ts).
   */
  readonly textEncoding?: string;
  /** What the statements name and the target must have; null for a target. */
  readonly requires: Requirements | null;
}

const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

/** Reads what a session's database is. Columns that a server does not have yet count as unset. */
export async function readFacts(session: Session): Promise<PostgresFacts> {
  const [row] = await session.query(`
    SELECT pg_catalog.current_setting('server_version') AS version,
      pg_catalog.current_setting('server_version_num') AS number,
      d.datname AS database,
      pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
      d.datcollate AS collate,
      d.datctype AS ctype,
      coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
      coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
      pg_catalog.to_jsonb(d) ->> 'daticurules' AS rules
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = pg_catalog.current_database()`);
  const text = (name: string): string => row?.[name] ?? '';
  return {
    engine: 'postgres',
    version: text('version'),
    versionNumber: Number(text('number')),
    database: text('database'),
    encoding: text('encoding'),
    collate: text('collate'),
    ctype: text('ctype'),
    localeProvider: providers[text('provider')] ?? text('provider'),
    locale: row?.['locale'] ?? null,
    icuRules: row?.['rules'] ?? null,
    collationVersion: await readCollationVersion(session, Number(text('number'))),
    snapshot: null,
    requires: null,
  };
}

/** The function that tells it came with 15. */
async function readCollationVersion(session: Session, versionNumber: number): Promise<string | null> {
  if (majorVersion(versionNumber) < 15) return null;
  const [row] = await session.query(`
    SELECT pg_catalog.pg_database_collation_actual_version(oid) AS version
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`);
  return row?.['version'] ?? null;
}

/** The number people call a version by: 15 for 150018. */
export function majorVersion(versionNumber: number): number {
  return Math.floor(versionNumber / 10000);
}
