import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { Statement } from '../../../engine.ts';
import { readHead, withoutQualifiers } from '../../program-head.ts';

const value = String.raw`(?:'[^'\\]*'|[\w+-]+)`;
const setting = `(?:character_set_client|collation_connection|sql_mode|time_zone|timestamp) = ${value}`;
/** What the catalog sets around programs, and what makes nothing. */
const harmless = new RegExp(
  String.raw`^(?:SET ${setting}(?:, ${setting})*|ALTER DATABASE COLLATE \w+|DO\s[^]*)$`,
);

/**
 * One of the server's statements of a program, if it makes nothing but in the database that it is run in.
 * @throws HoldfastError `failed` for any other
 */
export function ownProgram({ kind, schema, name }: Statement, sql: string): string {
  if (harmless.test(sql)) return sql;
  const what = `The archive's ${kind.toLowerCase()} ${printable(name)}`;
  const head = readHead(sql);
  if (head === null) throw changed(`${what} is not written as servers write it.`);
  // Earlier backups kept the name of the database itself in a trigger.
  const other = head.qualifiers.find(({ database }) => database.toLowerCase() !== schema?.toLowerCase());
  if (other === undefined) return withoutQualifiers(sql);
  throw changed(
    `${what} is to be made in the database ${printable(other.database)}, and a restore makes nothing outside of its own.`,
  );
}

function changed(message: string): HoldfastError {
  return new HoldfastError('failed', message, {
    hint: 'No backup has such a program: somebody changed the archive. Nothing was changed.',
  });
}
