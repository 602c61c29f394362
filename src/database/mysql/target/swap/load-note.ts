import { HoldfastError } from '../../../../core/errors.ts';
import { VERSION } from '../../../../core/version.ts';
import { quoteName } from '../../columns.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Row, Session } from '../../connection/session.ts';

/**
 * How far a load has come, from the name of a table beside its note: none while rows are loaded, `pending` once the old
 * programs may be gone, `done` from the very moment the new tables are in place, `finished` when the new programs are too.
 */
export type LoadPhase = 'loading' | 'pending' | 'done' | 'finished';

/** What the side database says of its load, for a process that finds it. */
export interface LoadNote {
  /** The database that it is for. */
  readonly target: string;
  /** The tool's version that began it. */
  readonly tool: string;
  /** When, as text for people. */
  readonly begun: string;
  /** The server's statements that put back the old database's settings and programs, in order. */
  readonly old: readonly string[];
  /** Those that make the new ones. */
  readonly new: readonly string[];
  /** The names of the new tables. */
  readonly tables: readonly string[];
}

const noteTable = 'holdfast_load';
const markers = {
  pending: 'holdfast_pending',
  done: 'holdfast_done',
  finished: 'holdfast_finished',
} as const;
const pieceBytes = 60_000;
const rowsAtATime = 100;

/** The names of a load's own tables in its side database, as a list of literals. No table of an archive may have them. */
export const NOTE_TABLES = [noteTable, ...Object.values(markers)].map((name) => `'${name}'`).join(', ');

export function isNoteTable(name: string): boolean {
  return NOTE_TABLES.includes(`'${name.toLowerCase()}'`);
}

/** Begins the note of a load in its side database. */
export async function beginNote(session: Session, fresh: string, target: string): Promise<void> {
  await session.run(
    `CREATE TABLE ${quoteName(fresh)}.${noteTable} (
      kind VARCHAR(16) CHARACTER SET ascii NOT NULL, item INT UNSIGNED NOT NULL, piece INT UNSIGNED NOT NULL,
      value BLOB NOT NULL, PRIMARY KEY (kind, item, piece)
    ) ENGINE = InnoDB CHARACTER SET utf8mb4`,
  );
  const begun = new Date().toISOString();
  await writeItems(session, fresh, [['head', JSON.stringify({ target, tool: VERSION, begun })]]);
}

/** Notes what the swap removes and makes, and that it may now happen: after a crash of the server too. */
export async function noteSwap(
  session: Session,
  fresh: string,
  statements: Pick<LoadNote, 'old' | 'new' | 'tables'>,
): Promise<void> {
  await writeItems(session, fresh, [
    ...statements.old.map((sql) => ['old', JSON.stringify(sql)] as const),
    ...statements.new.map((sql) => ['new', JSON.stringify(sql)] as const),
    ['tables', JSON.stringify(statements.tables)],
  ]);
  // A server may be set to write rows to its disk later. What makes a table is written at once, with all before it.
  await session.run(
    `CREATE TABLE ${quoteName(fresh)}.${markers.pending} (id INT NOT NULL PRIMARY KEY) ENGINE = InnoDB`,
  );
}

/** For RENAME TABLE: the step from one phase to the next. */
export function phaseStep(fresh: string, from: keyof typeof markers, to: keyof typeof markers): string {
  return `${quoteName(fresh)}.${markers[from]} TO ${quoteName(fresh)}.${markers[to]}`;
}

/** Notes that the old is as it was: the side databases hold nothing that is still needed. */
export async function noteUndone(session: Session, fresh: string): Promise<void> {
  await session.run(`DROP TABLE ${quoteName(fresh)}.${markers.pending}`);
}

/** Null where there is no such database, or it is empty: a load is cut off before it noted anything. */
export async function readPhase(session: Session, fresh: string): Promise<LoadPhase | null> {
  const rows = await session.query(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = '${fresh}' AND TABLE_NAME IN (${NOTE_TABLES})`,
  );
  const names = new Set(rows.map((row) => row['name']));
  for (const phase of ['finished', 'done', 'pending'] as const) if (names.has(markers[phase])) return phase;
  return names.has(noteTable) ? 'loading' : null;
}

/**
 * Null where nothing is noted: the load was cut off before.
 * @throws HoldfastError `failed` for a note that makes no sense
 */
export async function readNote(session: Session, fresh: string): Promise<LoadNote | null> {
  const items = new Map<string, string>();
  let rows: Row[];
  try {
    rows = await session.query(
      `SELECT kind, item, value FROM ${quoteName(fresh)}.${noteTable} ORDER BY kind, item, piece`,
    );
  } catch (error) {
    if (!isServerError(error)) throw error;
    throw unreadable(fresh, error);
  }
  if (rows.length === 0) return null;
  for (const { kind, item, value } of rows) {
    const key = `${kind} ${item}`;
    items.set(key, (items.get(key) ?? '') + value);
  }
  const ofKind = (wanted: string): unknown[] =>
    [...items].filter(([key]) => key.startsWith(`${wanted} `)).map(([, value]) => JSON.parse(value));
  try {
    const [head] = ofKind('head') as [Pick<LoadNote, 'target' | 'tool' | 'begun'>];
    return {
      target: head.target,
      tool: head.tool,
      begun: head.begun,
      old: ofKind('old') as string[],
      new: ofKind('new') as string[],
      // Not noted before the swap.
      tables: (ofKind('tables')[0] ?? []) as string[],
    };
  } catch (error) {
    throw unreadable(fresh, error);
  }
}

function unreadable(fresh: string, cause: unknown): HoldfastError {
  return new HoldfastError('failed', `The database ${fresh} does not say which load it is of.`, {
    hint: `Look at it; if it is not needed: DROP DATABASE ${fresh};`,
    cause,
  });
}

async function writeItems(
  session: Session,
  fresh: string,
  items: readonly (readonly [kind: string, value: string])[],
): Promise<void> {
  const rows = items.flatMap(([kind, text], item) => {
    // JSON of text that is not well-formed has escapes for it.
    const value = Buffer.from(text);
    const pieces = Math.max(1, Math.ceil(value.length / pieceBytes));
    return Array.from({ length: pieces }, (_, piece) => {
      const hex = value.subarray(piece * pieceBytes, (piece + 1) * pieceBytes).toString('hex');
      return { bytes: hex.length, sql: `('${kind}', ${item}, ${piece}, x'${hex}')` };
    });
  });
  let bytes = 0;
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      await session.run(`INSERT INTO ${quoteName(fresh)}.${noteTable} VALUES ${batch.join(', ')}`);
    }
    [batch, bytes] = [[], 0];
  };
  for (const row of rows) {
    if (batch.length === rowsAtATime || bytes + row.bytes > 4 * pieceBytes) await flush();
    batch.push(row.sql);
    bytes += row.bytes;
  }
  await flush();
}
