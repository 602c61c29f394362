import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind, SchemaObject } from '../object.ts';

interface LanguageRow extends Record<string, string | null> {
  oid: string;
  name: string;
  trusted: string;
  handler: string;
  inline: string | null;
  validator: string | null;
}

/** Procedural languages that no extension brings. */
export const languageKind: ObjectKind = {
  name: 'language',
  async collect(catalog) {
    const functionName = (column: string) => `(SELECT pg_catalog.format('%I.%I', n.nspname, p.proname)
          FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
          WHERE p.oid = l.${column})`;
    const rows = await catalog.query<LanguageRow>(`
      SELECT l.oid, l.lanname AS name, l.lanpltrusted AS trusted, ${functionName('lanplcallfoid')} AS handler,
        ${functionName('laninline')} AS inline, ${functionName('lanvalidator')} AS validator
      FROM pg_catalog.pg_language AS l
      WHERE l.lanispl AND ${catalog.isUserObject(`'pg_catalog.pg_language'::regclass`, 'l.oid')}`);
    return rows.flatMap((row) =>
      row.name === 'plpgsql'
        ? [removal, { ...languageObject(row), requires: [removal.id] }]
        : [languageObject(row)],
    );
  },
};

/** Every new database has plpgsql as an extension, whose language and functions would be in the way of others of that name. */
const removal: SchemaObject = {
  id: 'extension_removal:0',
  kind: 'EXTENSION',
  schema: null,
  name: 'plpgsql',
  section: 'pre-data',
  statements: () => [
    { kind: 'EXTENSION', schema: null, name: 'plpgsql', sql: 'DROP EXTENSION IF EXISTS plpgsql;' },
  ],
};

function languageObject(row: LanguageRow): SchemaObject {
  const { name } = row;
  return {
    id: `pg_language:${Number(row.oid)}`,
    kind: 'LANGUAGE',
    schema: null,
    name,
    section: 'pre-data',
    statements: () => [{ kind: 'LANGUAGE', schema: null, name, sql: createLanguage(row) }],
  };
}

function createLanguage({ name, trusted, handler, inline, validator }: LanguageRow): string {
  return `${[
    `CREATE ${trusted === 't' ? 'TRUSTED ' : ''}LANGUAGE ${quoteIdentifier(name)}`,
    `HANDLER ${handler}`,
    inline !== null && `INLINE ${inline}`,
    validator !== null && `VALIDATOR ${validator}`,
  ]
    .filter(Boolean)
    .join('\n  ')};`;
}
