import type { Feature } from '../facts.ts';
import type { ReadTable } from './read-table.ts';

/** The first version of each flavor that has it; null: none. */
type Since = Pick<Feature, 'mysql' | 'mariadb'>;

const TYPES: ReadonlyMap<string, Since> = new Map([
  ['vector', { mysql: 90000, mariadb: 110700 }],
  ['uuid', { mysql: null, mariadb: 100700 }],
  ['inet6', { mysql: null, mariadb: 100500 }],
  ['inet4', { mysql: null, mariadb: 101000 }],
  ['xmltype', { mysql: null, mariadb: 120300 }],
]);

/** What a table takes of a server that not every one has. */
export function tableFeatures({ listed, columns, text }: ReadTable, isVersioned: boolean): Feature[] {
  const found = new Map<string, Since>();
  for (const { type, words } of columns) {
    const since = TYPES.get(type);
    if (since !== undefined) found.set(`the type ${type.toUpperCase()}`, since);
    if (words.includes('COMPRESSED')) found.set('compressed columns', { mysql: null, mariadb: 100600 });
  }
  for (const { column, sql, tokens } of text.elements) {
    if (column !== null) continue;
    if (sql.startsWith('PERIOD FOR ') && !sql.startsWith('PERIOD FOR SYSTEM_TIME')) {
      found.set('application-time periods', { mysql: null, mariadb: 100600 });
    }
    if (/^(?:UNIQUE )?KEY /.test(sql) && tokens.some(({ value, depth }) => value === '(' && depth === 1)) {
      if (hasExpression(tokens)) found.set('indexes on expressions', { mysql: 80013, mariadb: null });
    }
  }
  if (isVersioned) found.set('system-versioned tables', { mysql: null, mariadb: 100600 });
  return [...found].map(([what, since]) => ({ what, object: listed.name, ...since }));
}

/** Whether a part of a key begins with a parenthesis, not with a name. */
function hasExpression(tokens: ReadTable['text']['elements'][number]['tokens']): boolean {
  return tokens.some(
    ({ value, kind, depth }, index) =>
      kind === 'sign' && value === '(' && depth === 1 && ['(', ','].includes(tokens[index - 1]!.value),
  );
}
