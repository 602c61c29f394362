import type { Element } from '../catalog/tables/show-create-table.ts';
import type { Feature } from '../facts.ts';

/** The first version of each flavor that has it; null: none. */
export type Since = Pick<Feature, 'mysql' | 'mariadb'>;

const TYPES: ReadonlyMap<string, Since> = new Map([
  ['vector', { mysql: 90000, mariadb: 110700 }],
  ['uuid', { mysql: null, mariadb: 100700 }],
  ['inet6', { mysql: null, mariadb: 100500 }],
  ['inet4', { mysql: null, mariadb: 101000 }],
  ['xmltype', { mysql: null, mariadb: 120300 }],
  ['geomcollection', { mysql: 80011, mariadb: null }],
]);

/** What a column shows by a word outside of parentheses. */
const WORDS: ReadonlyMap<string, Since & { readonly what: string }> = new Map([
  ['COMPRESSED', { what: 'compressed columns', mysql: null, mariadb: 100600 }],
  ['INVISIBLE', { what: 'invisible columns', mysql: 80023, mariadb: 100303 }],
  ['SRID', { what: 'columns with an SRID', mysql: 80003, mariadb: null }],
  ['CHECK', { what: 'check constraints', mysql: 80016, mariadb: 100201 }],
]);

/** What a column takes of a server that not every one has, with what it is called. */
export function* columnFeatures(element: Element): Generator<[string, Since]> {
  const { tokens } = element;
  const type = tokens[1]!.value.toLowerCase();
  const since = TYPES.get(type);
  if (since !== undefined) yield [`the type ${type.toUpperCase()}`, since];
  if (type === 'year' && tokens[3]?.value === '2')
    yield ['the type YEAR(2)', { mysql: null, mariadb: 100600 }];
  for (const { kind, value, depth } of tokens) {
    const known = kind === 'word' && depth === 0 ? WORDS.get(value) : undefined;
    if (known !== undefined) yield [known.what, known];
  }
  const place = tokens.findIndex(
    ({ kind, value, depth }) => kind === 'word' && depth === 0 && value === 'DEFAULT',
  );
  if (place !== -1) yield* defaultFeatures(element, place + 1);
}

/** The last moment of a TIMESTAMP on servers before MariaDB 11.5, as a default in UTC. */
const LAST_OF_2038 = "'2038-01-19 03:14:07.999999'";

function* defaultFeatures({ tokens }: Element, place: number): Generator<[string, Since]> {
  const { kind, value } = tokens[place]!;
  if (kind === 'sign' && value === '(') {
    yield ['defaults that are expressions', { mysql: 80013, mariadb: 100201 }];
  } else if (kind === 'word' && tokens[place + 1]?.value === '(' && !/^current_timestamp$/i.test(value)) {
    yield ['defaults that are functions without parentheses', { mysql: null, mariadb: 100201 }];
  } else if (kind === 'text' && typeOf({ type: tokens[1]!.value }).isWide) {
    yield ['constant defaults of TEXT and BLOB columns', { mysql: null, mariadb: 100201 }];
  } else if (kind === 'text' && tokens[1]!.value === 'timestamp' && value > LAST_OF_2038) {
    yield ['defaults of TIMESTAMP columns after January 2038', { mysql: null, mariadb: 110500 }];
  }
}

/** What is to be known of a type, by its name in small letters. */
export function typeOf({ type }: { readonly type: string }): { readonly isWide: boolean } {
  return { isWide: /^(?:tiny|medium|long)?(?:text|blob)$/.test(type) };
}
