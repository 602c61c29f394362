import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { quoteLiteral } from '../catalog/sql/identifiers.ts';
import type { DatabaseSchema } from '../catalog/schema.ts';
import { inEncoding } from '../catalog/settings.ts';
import type { Row, Session } from '../connection/session.ts';

/** What mends a name that a database cannot say. */
export const RENAME_HINT =
  'Names of roles and databases are shared by all databases of a server: rename what has a name that is not valid here.';

/** The rows of a catalog query, which are read again as bytes where something was no UTF-8, or looks like it. */
export async function readTexts(session: Session, sql: string, values?: readonly unknown[]): Promise<Row[]> {
  const rows = await session.query(sql, values);
  const isDoubtful = rows.some((row) => Object.values(row).some((value) => value?.includes('\ufffd')));
  return isDoubtful ? session.queryBytes(sql, values) : rows;
}

/**
 * The encoding that a schema's statements are in, and the schema with statements that say so. Of SQL_ASCII nobody knows
 * what its bytes mean, but what can be read as UTF-8 can also go into a database in UTF-8.
 * @param encoding that of the database
 * @throws HoldfastError `failed` for bytes that the database takes in no statement
 */
export function encodeSchema(
  schema: DatabaseSchema,
  session: Session,
  encoding: string,
): { schema: DatabaseSchema; textEncoding: string } {
  const broken = [...schema.preData, ...schema.postData].find(({ sql }) => !sql.isWellFormed());
  if (broken !== undefined && !session.readsBytes) {
    const { kind, schema: schemaName, name } = broken;
    const object = printable(schemaName === null ? name : `${schemaName}.${name}`);
    throw new HoldfastError(
      'failed',
      `What ${session.name} says of ${kind.toLowerCase()} ${object} holds bytes that are not valid in its encoding, ` +
        `${encoding}: no restore could say it again.`,
      { hint: RENAME_HINT },
    );
  }
  const isBytes = session.readsBytes && !(encoding === 'SQL_ASCII' && broken === undefined);
  const textEncoding = isBytes ? encoding : 'UTF8';
  return {
    schema: {
      ...schema,
      preData: inEncoding(schema.preData, textEncoding),
      postData: inEncoding(schema.postData, textEncoding),
    },
    textEncoding,
  };
}

/**
 * What goes before a COPY in a file of its own: psql reads it whatever statements before it have left behind. Rows of a
 * database in SQL_ASCII are in the encoding that they are loaded into, or in none.
 */
export function psqlSettings(encoding: string, textEncoding = 'UTF8'): string {
  const setting =
    encoding === 'SQL_ASCII'
      ? "SELECT pg_catalog.set_config('client_encoding', pg_catalog.getdatabaseencoding(), false);"
      : `SET client_encoding = ${quoteLiteral(textEncoding)};`;
  return `${setting}\nSET standard_conforming_strings = on;\n`;
}
