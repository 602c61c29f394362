import type { Element, TableText } from '../catalog/tables/show-create-table.ts';
import { readColumns, type TableColumn } from '../catalog/tables/table-columns.ts';
import { tokensOf } from '../catalog/tokens.ts';
import type { Feature } from '../facts.ts';
import { columnFeatures, type Since, typeOf } from './column-features.ts';

/** What keys and constraints show. `sql` is their text, `words` theirs outside of parentheses and quotes. */
const OF_KEYS: readonly (Since & {
  readonly what: string;
  readonly isIn: (element: Element, words: readonly string[]) => boolean;
})[] = [
  {
    what: 'application-time periods',
    isIn: ({ sql }) => sql.startsWith('PERIOD FOR ') && !sql.startsWith('PERIOD FOR SYSTEM_TIME'),
    mysql: null,
    mariadb: 100600,
  },
  { what: 'indexes on expressions', isIn: hasExpression, mysql: 80013, mariadb: null },
  {
    what: 'indexes on arrays',
    isIn: (element) => hasExpression(element) && hasWord(element, 'array'),
    mysql: 80017,
    mariadb: null,
  },
  {
    what: 'descending indexes',
    isIn: (element) => isKey(element) && hasWord(element, 'DESC', 1),
    mysql: 80000,
    mariadb: 100801,
  },
  {
    what: 'invisible indexes',
    isIn: (element, words) => isKey(element) && words.includes('INVISIBLE'),
    mysql: 80000,
    mariadb: null,
  },
  {
    what: 'ignored indexes',
    isIn: (element, words) => isKey(element) && words.includes('IGNORED'),
    mysql: null,
    mariadb: 100600,
  },
  {
    what: 'vector indexes',
    isIn: ({ sql }) => sql.startsWith('VECTOR KEY '),
    mysql: null,
    mariadb: 110700,
  },
  {
    what: 'the full-text parsers of MySQL',
    isIn: ({ sql }, words) =>
      sql.startsWith('FULLTEXT KEY ') && words.includes('PARSER') && /`(?:ngram|mecab)`/.test(sql),
    mysql: 80000,
    mariadb: null,
  },
  { what: 'check constraints', isIn: (_, words) => words.includes('CHECK'), mysql: 80016, mariadb: 100201 },
  {
    what: 'check constraints that are not enforced',
    isIn: (_, words) => words.includes('CHECK') && words.includes('ENFORCED'),
    mysql: 80016,
    mariadb: null,
  },
];

/** What the options of a table show, by a word in them. */
const OF_OPTIONS: ReadonlyMap<string, Since & { readonly what: string }> = new Map([
  ['VERSIONING', { what: 'system-versioned tables', mysql: null, mariadb: 100600 }],
  ['PAGE_COMPRESSED', { what: 'page compression (PAGE_COMPRESSED)', mysql: null, mariadb: 100600 }],
  ['ENCRYPTED', { what: 'encryption (ENCRYPTED)', mysql: null, mariadb: 100600 }],
  ['COMPRESSION', { what: 'page compression (COMPRESSION)', mysql: 80000, mariadb: null }],
  ['SECONDARY_ENGINE', { what: 'secondary engines', mysql: 80013, mariadb: null }],
]);

/** What a table takes of a server that not every one has. */
export function tableFeatures(
  name: string,
  text: Pick<TableText, 'elements' | 'ending'>,
  columns: readonly TableColumn[] = readColumns(text.elements),
): Feature[] {
  const found = new Map<string, Since>();
  for (const element of text.elements) {
    if (element.column !== null) {
      for (const [what, since] of columnFeatures(element)) found.set(what, since);
      continue;
    }
    const words = element.tokens.flatMap(({ kind, value, depth }) =>
      kind === 'word' && depth === 0 ? [value] : [],
    );
    for (const { what, isIn, ...since } of OF_KEYS) if (isIn(element, words)) found.set(what, since);
    if (isUniqueOfWhole(element, columns)) {
      found.set('unique indexes on whole TEXT and BLOB columns', { mysql: null, mariadb: 100600 });
    }
  }
  for (const [what, since] of optionFeatures(text.ending)) found.set(what, since);
  return [...found].map(([what, { mysql, mariadb }]) => ({ what, object: name, mysql, mariadb }));
}

function* optionFeatures(ending: string): Generator<[string, Since]> {
  const tokens = tokensOf(ending);
  let engine = '';
  for (const [index, { kind, value }] of tokens.entries()) {
    const [next, second] = [tokens[index + 1]?.value, tokens[index + 2]?.value];
    const known = kind === 'text' ? undefined : OF_OPTIONS.get(value);
    // Options are set; the versioning of a table stands behind its WITH SYSTEM.
    if (known !== undefined && (next === '=' || tokens[index - 1]?.value === 'SYSTEM')) {
      yield [known.what, known];
    }
    if (engine === '' && value === 'ENGINE' && next === '=') engine = second ?? '';
    if (kind === 'word' && value === 'PARTITION' && next === 'BY' && engine !== 'InnoDB') {
      yield [`partitions of tables that are not InnoDB`, { mysql: null, mariadb: 100600 }];
    }
    if (kind === 'name' && next === 'DEFAULT' && tokens[index - 1]?.value === 'PARTITION') {
      yield ['default partitions', { mysql: null, mariadb: 100600 }];
    }
  }
}

function isKey({ sql }: Element): boolean {
  return /^(?:\w+ )?KEY /.test(sql);
}

function hasWord({ tokens }: Element, word: string, atDepth?: number): boolean {
  return tokens.some(
    ({ kind, value, depth }) => kind === 'word' && value === word && depth === (atDepth ?? depth),
  );
}

/** Whether a part of a key begins with a parenthesis, not with a name. */
function hasExpression(element: Element): boolean {
  const { tokens } = element;
  return (
    isKey(element) &&
    tokens.some(
      ({ value, kind, depth }, index) =>
        kind === 'sign' && value === '(' && depth === 1 && ['(', ','].includes(tokens[index - 1]!.value),
    )
  );
}

function isUniqueOfWhole({ sql, tokens }: Element, columns: readonly TableColumn[]): boolean {
  if (!sql.startsWith('UNIQUE KEY ')) return false;
  const wide = new Set(columns.filter((column) => typeOf(column).isWide).map(({ name }) => name));
  return tokens.some(
    ({ kind, value, depth }, index) =>
      kind === 'name' && depth === 1 && wide.has(value) && tokens[index + 1]?.value !== '(',
  );
}
