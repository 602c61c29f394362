import { hash } from 'node:crypto';
import type { ArchiveReader } from '../../archive/archive.ts';
import { POST_DATA_NAME, PRE_DATA_NAME } from '../../archive/layout.ts';
import { decodeScript } from '../../archive/sql-script.ts';
import type { DatabaseSource, Statement } from '../../database/engine.ts';
import { requireEntry } from '../entries.ts';
import type { Difference } from './difference.ts';

/** The kind of the statements that set a sequence's value. */
const SEQUENCE_VALUE = 'SEQUENCE SET';
/** The kind of the statements that prepare the session. */
const SETTING = 'SETTING';

/** The kind of the statements that are about the database itself. */
const DATABASE = 'DATABASE';

/** All statements of one kind about one name. */
interface Group {
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
  /** Digests, for all but sequence values. */
  readonly texts: string[];
}

export interface StatementComparison {
  readonly archive: ArchiveReader;
  readonly source: DatabaseSource;
  /** Whether all statements are compared, or the values of sequences alone. */
  readonly all: boolean;
  /** What a schema, or the database, of the live database is called in the archive. */
  readonly rename: (name: string) => string;
}

/** In what the objects of a database, and the values of its sequences, differ from the archived ones. */
export async function compareStatements({
  archive,
  source,
  all,
  rename,
}: StatementComparison): Promise<Difference[]> {
  const isCompared = ({ kind }: Statement) => (all ? kind !== SETTING : kind === SEQUENCE_VALUE);
  const archived = new Map<string, Group>();
  for (const script of [PRE_DATA_NAME, POST_DATA_NAME]) {
    for await (const statement of decodeScript(archive.open(requireEntry(archive, script)), script)) {
      if (isCompared(statement)) add(archived, statement);
    }
  }
  const live = new Map<string, Group>();
  for (const statement of [...source.preData, ...source.postData]) {
    if (isCompared(statement)) add(live, renamed(statement, rename));
  }
  const differences: Difference[] = [];
  for (const [key, group] of archived) {
    const other = live.get(key);
    if (other === undefined) differences.push(difference(group, 'is in the archive and not in the database'));
    else if (!isSame(group, other)) differences.push(difference(group, changeOf(group, other)));
  }
  for (const [key, group] of live) {
    if (!archived.has(key)) differences.push(difference(group, 'is in the database and not in the archive'));
  }
  return differences;
}

function renamed(statement: Statement, rename: (name: string) => string): Statement {
  const { kind, schema, name } = statement;
  if (schema !== null) return { ...statement, schema: rename(schema) };
  return kind === DATABASE ? { ...statement, name: rename(name) } : statement;
}

function add(groups: Map<string, Group>, { kind, schema, name, sql }: Statement): void {
  const key = JSON.stringify([kind, schema, name]);
  const text = kind === SEQUENCE_VALUE ? sql : hash('sha256', sql);
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { kind, schema, name, texts: [text] });
  else group.texts.push(text);
}

/** Without regard to order: two databases may have one trigger's comments in another. */
function isSame(a: Group, b: Group): boolean {
  return JSON.stringify(a.texts.toSorted()) === JSON.stringify(b.texts.toSorted());
}

function changeOf(archived: Group, live: Group): string {
  if (archived.kind !== SEQUENCE_VALUE) return 'is defined differently';
  return `differs: ${live.texts.join(' ')} in the database, ${archived.texts.join(' ')} in the archive`;
}

function difference({ kind, schema, name }: Group, what: string): Difference {
  const title = kind === SEQUENCE_VALUE ? 'the value of sequence' : kind.toLowerCase();
  const full = schema === null ? name : `${schema}.${name}`;
  return {
    kind: kind === SEQUENCE_VALUE ? 'sequence' : 'statement',
    schema,
    name,
    message: `${title} ${full} ${what}`,
  };
}
