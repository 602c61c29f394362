import { HoldfastError } from '../../../../core/errors.ts';
import { quoteName } from '../../columns.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Row, Session } from '../../connection/session.ts';
import { clauseOf } from '../../definer.ts';
import { quoteText } from '../literals.ts';
import { inCharset } from './client-charset.ts';
import { objectId } from '../object.ts';
import { contextOf, type ProgramObject, readProgram, requireText, type Surroundings } from './program.ts';
import { standIns } from './stand-ins.ts';
import {
  type ViewReferences,
  viewReferences,
  withoutDatabase,
  withoutOwnDatabase,
} from './view-references.ts';

/** The kind of the statements of a view that does not work: their failure is no failure of a restore. */
export const BROKEN_VIEW_KIND = 'BROKEN VIEW';
/**
 * The kind of the statement of a view that no server makes, for it names a column which its table does not have, or for its server
 * stored a text of it that it cannot read. The statement does nothing, and has the view's text for people.
 */
export const LOST_VIEW_KIND = 'LOST VIEW';

export interface View extends ProgramObject {
  readonly isBroken: boolean;
  /** What is to be said of one that does not work; null for one that does. */
  readonly warning: string | null;
}

/** What else the database has that views may use. */
export interface ViewSurroundings extends Surroundings {
  /** Tables and sequences. */
  readonly relations: ReadonlySet<string>;
  readonly functions: readonly string[];
}

/** `ER_VIEW_INVALID`: a table, a column or a function is missing, or the right to use it. */
const VIEW_INVALID = '1356';
/** `ER_NO_SUCH_USER`: the definer of the view, or of what it uses, is missing. */
const NO_SUCH_USER = '1449';
/** `ER_PARSE_ERROR`: MySQL prints some functions so that it cannot read the view again, and stores that. */
const UNPARSABLE = '1064';
/** The server's numbers for what an account may not see. */
const DENIED: ReadonlySet<number> = new Set([1044, 1142, 1143, 1227, 1370]);
const hint = 'Grant it SHOW VIEW and SELECT on the database.';
const hintOfUseless = 'Mend the view (ALTER VIEW) or drop it, or leave it out with --exclude-table.';

interface FoundView {
  readonly name: string;
  readonly references: ViewReferences;
  /** What SHOW CREATE VIEW said; or what stands for it, or why there is nothing. */
  readonly row: Row | HoldfastError;
  /** The server's number for what is wrong with it. */
  readonly trouble: string | null;
}

/**
 * Reads views: those that work in an order in which they can be made once routines are there. Those that do not are to be
 * made before routines and views, in their order, for a server makes no view of what does not work: what they lack is made for
 * the moment of their making.
 */
export async function readViews(session: Session, surroundings: ViewSurroundings): Promise<View[]> {
  const rows = await session.query(`
    SELECT * FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME`);
  const found: FoundView[] = [];
  for (const row of rows) {
    const name = row['TABLE_NAME'] ?? '';
    const references = viewReferences(row['VIEW_DEFINITION'] ?? '', surroundings.database);
    found.push({ name, references, ...(await showCreate(session, name, row, surroundings.database)) });
  }
  const views: View[] = [];
  const existing = new Set([...surroundings.relations, ...rows.map((row) => row['TABLE_NAME'] ?? '')]);
  const ordered = inOrder(found);
  const broken = ordered.filter(({ trouble }) => trouble !== null).toReversed();
  const unparsable = new Set(found.filter(({ trouble }) => trouble === UNPARSABLE).map(({ name }) => name));
  for (const view of [...ordered.filter(({ trouble }) => trouble === null), ...broken])
    views.push(await readView(session, view, { ...surroundings, existing, unparsable }));
  return views;
}

async function showCreate(
  session: Session,
  name: string,
  described: Row,
  database: string,
): Promise<Pick<FoundView, 'row' | 'trouble'>> {
  try {
    const [row = {}] = await session.query(`SHOW CREATE VIEW ${quoteName(name)}`);
    const codes = (await session.query('SHOW WARNINGS')).map((warning) => warning['Code']);
    const trouble = [VIEW_INVALID, NO_SUCH_USER].find((code) => codes.includes(code)) ?? null;
    const isWhole = await isExpressible(session, described);
    return { row: isWhole ? row : await describeView(session, described, database, row), trouble };
  } catch (error) {
    if (!isServerError(error)) throw error;
    // The server does not print a view with a function whose definer is missing, nor one that it cannot read.
    const trouble = String(error.code);
    if ([NO_SUCH_USER, UNPARSABLE].includes(trouble) && described['VIEW_DEFINITION']) {
      return { row: await describeView(session, described, database), trouble };
    }
    const details = { hint: DENIED.has(error.code) ? hint : hintOfUseless, cause: error };
    const message = `Cannot read the view ${name}: ${serverMessage(error)}`;
    return { row: new HoldfastError('failed', message, details), trouble: null };
  }
}

/** Whether the character set of a view's client has all letters of it: SHOW CREATE VIEW prints question marks for others. */
async function isExpressible(session: Session, described: Row): Promise<boolean> {
  const charset = described['CHARACTER_SET_CLIENT'] ?? 'utf8mb4';
  return (await inCharset(session, described['VIEW_DEFINITION'] ?? '', charset)) !== null;
}

/**
 * What SHOW CREATE VIEW would say, by what information_schema has. MySQL does not tell the algorithm there.
 * @param shown what it does say
 */
async function describeView(
  session: Session,
  described: Row,
  database: string,
  shown: Row = {},
): Promise<Row> {
  const algorithm = /^CREATE ALGORITHM=(\w+) /.exec(shown['Create View'] ?? '')?.[1];
  const charset = described['CHARACTER_SET_CLIENT'] ?? 'utf8mb4';
  const definer = described['DEFINER'] ?? '';
  const at = definer.lastIndexOf('@');
  const account =
    at === -1 ? { user: definer, host: null } : { user: definer.slice(0, at), host: definer.slice(at + 1) };
  const option = described['CHECK_OPTION'] ?? 'NONE';
  const text = [
    `CREATE ALGORITHM=${algorithm ?? described['ALGORITHM'] ?? 'UNDEFINED'} ${clauseOf(account)}`,
    `SQL SECURITY ${described['SECURITY_TYPE']} VIEW ${quoteName(described['TABLE_NAME'] ?? '')}`,
    `AS ${withoutDatabase(described['VIEW_DEFINITION'] ?? '', database)}`,
    ...(option === 'NONE' ? [] : [`WITH ${option} CHECK OPTION`]),
  ].join(' ');
  const converted = await inCharset(session, text, charset);
  return {
    'Create View': converted ?? text,
    character_set_client: converted === null ? 'utf8mb4' : charset,
    collation_connection:
      converted === null ? 'utf8mb4_general_ci' : (described['COLLATION_CONNECTION'] ?? null),
  };
}

async function readView(
  session: Session,
  view: FoundView,
  surroundings: ViewSurroundings & {
    readonly existing: ReadonlySet<string>;
    readonly unparsable: ReadonlySet<string>;
  },
): Promise<View> {
  const { name, references, row, trouble } = view;
  const { relations, existing, unparsable } = surroundings;
  // Names of routines are the same in capital and small letters.
  const functions = new Map(surroundings.functions.map((called) => [called.toLowerCase(), called]));
  const used = [...references.functions.keys()].map((called) => functions.get(called.toLowerCase()));
  const needs = [
    ...[...references.relations.keys()]
      .filter((other) => existing.has(other))
      .map((other) => objectId('TABLE', other)),
    ...used.filter((called) => called !== undefined).map((called) => objectId('FUNCTION', called)),
  ];
  // Those that use such a view fail as it does, and can be made again.
  const isUnparsable =
    trouble === UNPARSABLE && ![...references.relations.keys()].some((other) => unparsable.has(other));
  const missing = trouble === null ? null : await missingColumn(session, references, relations);
  const lost = isUnparsable ? 'the server cannot read the text that it has of it' : missing;
  const about = { kind: 'VIEW', name, table: null, needs, partOf: [] };
  const program = await readProgram(about, surroundings, () => {
    if (row instanceof HoldfastError) throw row;
    const shown = requireText(row['Create View'], `the view ${name}`, hint);
    const text = withoutOwnDatabase(shown, surroundings.database);
    const context = contextOf(row);
    if (trouble === null) return Promise.resolve({ context, body: text });
    if (lost !== null) {
      return Promise.resolve({ context, body: `DO ${quoteText(text)}`, statementKind: LOST_VIEW_KIND });
    }
    const absent = [...references.relations].filter(([other]) => !relations.has(other));
    const around = standIns({ relations: new Map(absent), functions: references.functions });
    return Promise.resolve({ context, body: text, statementKind: BROKEN_VIEW_KIND, ...around });
  });
  return { ...program, isBroken: trouble !== null, warning: warningOf(name, trouble, lost) };
}

function warningOf(name: string, trouble: string | null, lost: string | null): string | null {
  if (trouble === null) return null;
  const start = `The view ${name} does not work`;
  if (lost !== null) return `${start}: ${lost}. Its text is kept, but a restore cannot make it.`;
  const why =
    trouble === NO_SUCH_USER
      ? 'its definer, or that of something it uses, does not exist'
      : trouble === UNPARSABLE
        ? 'it uses a view that the server cannot read'
        : 'it names something that is missing, or that its definer has no right to';
  return `${start}: ${why}. It is kept as it is.`;
}

/** What a table would need to have, in words; null where nothing is missing. */
async function missingColumn(
  session: Session,
  references: ViewReferences,
  relations: ReadonlySet<string>,
): Promise<string | null> {
  for (const [relation, columns] of references.relations) {
    if (!relations.has(relation)) continue;
    const rows = await session.query(`
      SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${quoteText(relation)}`);
    const present = new Set(rows.map((row) => row['name']?.toLowerCase()));
    const missing = [...columns].find((column) => !present.has(column.toLowerCase()));
    if (missing !== undefined) return `it names the column ${missing} of ${relation}, which is missing`;
  }
  return null;
}

/** Views after those that they use. */
function inOrder(views: readonly FoundView[]): FoundView[] {
  const byName = new Map(views.map((view) => [view.name, view]));
  const ordered = new Set<FoundView>();
  const seen = new Set<FoundView>();
  for (const first of views) {
    if (seen.has(first)) continue;
    seen.add(first);
    // A path of its own: views may be nested deeper than calls can be.
    const path = [{ view: first, uses: first.references.relations.keys() }];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.uses.next();
      if (next.done === true) {
        ordered.add(step.view);
        path.pop();
        continue;
      }
      const used = byName.get(next.value);
      if (used === undefined || seen.has(used)) continue;
      seen.add(used);
      path.push({ view: used, uses: used.references.relations.keys() });
    }
  }
  return [...ordered];
}
