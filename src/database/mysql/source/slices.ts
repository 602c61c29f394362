import { quoteName } from '../columns.ts';
import type { Session } from '../connection/session.ts';
import { isServerError } from '../connection/failure.ts';
import type { TableSlice } from '../../engine.ts';
import { middleValues } from './key-values.ts';
import {
  type Bound,
  boundOf,
  byKey,
  compareKey,
  keyOrder,
  readTableKey,
  type TableKey,
} from './table-key.ts';

/** About so many bytes a slice has, as the server estimates them: time enough to be worth a query of its own. */
export const SLICE_BYTES = 64 * 1024 ** 2;
/** So that finding them costs little, however large the table is. */
const MOST_SLICES = 1024;
/** How often a range is halved at most: the whole of a BIGINT's. */
const MOST_HALVINGS = 64;

/** The rows of a table whose keys lie in a range. */
export interface KeyRange extends TableSlice {
  readonly key: TableKey;
  /** The first key; null for all from the beginning. */
  readonly from: Bound | null;
  /** The first key that does not belong to it; null for all to the end. */
  readonly to: Bound | null;
}

/** What there is to know of a table that may be cut. */
export interface SliceableTable {
  readonly name: string;
  readonly estimatedBytes: number;
}

/** A row's key: the values of its columns, as `keyLiteral` takes them. */
type KeyValues = readonly string[];

/**
 * Cuts a table of InnoDB into ranges of its key, in order, with about as many rows each; none where it cannot be cut.
 * The bounds are keys of rows, which the server finds and compares: so every row is in one range whatever the collation.
 */
export async function keyRanges(
  session: Session,
  table: SliceableTable,
  sliceBytes: number,
): Promise<KeyRange[]> {
  // Ranges are halved, so a power of two gives equal ones.
  const halvings = Math.round(Math.log2(Math.max(1, table.estimatedBytes / sliceBytes)));
  const pieces = Math.min(2 ** halvings, MOST_SLICES);
  if (pieces < 2) return [];
  try {
    const key = await readTableKey(session, table.name);
    if (key === null) return [];
    const bounds = await new KeySearch(session, key).bounds(pieces);
    if (bounds.length === 0) return [];
    const estimatedBytes = table.estimatedBytes / (bounds.length + 1);
    return [null, ...bounds].map((from, place) => ({ key, from, to: bounds[place] ?? null, estimatedBytes }));
  } catch (error) {
    // A key's bytes may be no text, or its index one that is not to be used: then the table is read as a whole.
    if (!isServerError(error)) throw error;
    return [];
  }
}

/** What stands behind FROM for a range. */
export function rangeClauses({ key, from, to }: KeyRange): string {
  const conditions = [
    ...(from === null ? [] : [compareKey(key, '>=', from)]),
    ...(to === null ? [] : [compareKey(key, '<', to)]),
  ];
  return `${byKey(key)} WHERE ${conditions.join(' AND ')} ${keyOrder(key)}`;
}

/** Looks for keys that part the rows into equal shares, by the estimates that the server makes of ranges from its index. */
class KeySearch {
  readonly #session: Session;
  readonly #from: string;
  readonly #key: TableKey;

  constructor(session: Session, key: TableKey) {
    this.#session = session;
    this.#from = `FROM ${quoteName(key.table)} ${byKey(key)}`;
    this.#key = key;
  }

  async bounds(pieces: number): Promise<Bound[]> {
    const first = await this.#find('TRUE', 'ASC');
    const last = await this.#find('TRUE', 'DESC');
    return first === null || last === null ? [] : this.#divide(first, last, pieces, MOST_HALVINGS);
  }

  /** The bounds of `pieces` ranges of about as many rows between two keys; fewer where no better ones are found. */
  async #divide(first: KeyValues, last: KeyValues, pieces: number, halvings: number): Promise<Bound[]> {
    if (pieces < 2 || halvings === 0) return [];
    const middle = await this.#middle(first, last);
    const [from, bound, to] = [first, middle ?? first, last].map((key) => boundOf(this.#key, key));
    if (middle === null || !from || !bound || !to) return [];
    const below = `${compareKey(this.#key, '>=', from)} AND ${compareKey(this.#key, '<', bound)}`;
    const above = `${compareKey(this.#key, '>=', bound)} AND ${compareKey(this.#key, '<=', to)}`;
    const [left, right] = [await this.#estimate(below), await this.#estimate(above)];
    const share = Math.round((pieces * left) / (left + right));
    const inLeft = async (count: number): Promise<Bound[]> => {
      const end = count < 2 ? null : await this.#find(below, 'DESC');
      return end === null ? [] : this.#divide(first, end, count, halvings - 1);
    };
    const inRight = (count: number): Promise<Bound[]> => this.#divide(middle, last, count, halvings - 1);
    if (share === 0) return inRight(pieces);
    if (share === pieces) return inLeft(pieces);
    return [...(await inLeft(share)), bound, ...(await inRight(pieces - share))];
  }

  /** A key of a row between two others, the last one at most; null where none is found. */
  async #middle(first: KeyValues, last: KeyValues): Promise<KeyValues | null> {
    const place = first.findIndex((value, index) => value !== last[index]);
    if (place === -1) return null;
    const [low, high] = [boundOf(this.#key, first), boundOf(this.#key, last)];
    if (low === null || high === null) return null;
    const [least, most] = [compareKey(this.#key, '>=', low), compareKey(this.#key, '<=', high)];
    for (const value of middleValues(this.#key.columns[place]!, first[place]!, last[place]!)) {
      const near = boundOf(this.#key, [...first.slice(0, place), value]);
      if (near === null) continue;
      const found = await this.#find(`${compareKey(this.#key, '>=', near)} AND ${least} AND ${most}`, 'ASC');
      if (found?.some((one, index) => one !== first[index])) return found;
    }
    return null;
  }

  /** The first or the last key for which a condition holds. */
  async #find(condition: string, direction: 'ASC' | 'DESC'): Promise<KeyValues | null> {
    const { columns } = this.#key;
    const values = columns.map(({ name, kind }, place) => {
      const column = quoteName(name);
      return `${kind === 'bytes' || kind === 'text' ? `HEX(${column})` : column} AS k${place}`;
    });
    const [row] = await this.#session.query(
      `SELECT ${values.join(', ')} ${this.#from} WHERE ${condition} ${keyOrder(this.#key, direction)} LIMIT 1`,
    );
    return row === undefined ? null : columns.map((_, place) => row[`k${place}`]!);
  }

  /** How many rows a range has, at least 1. */
  async #estimate(condition: string): Promise<number> {
    // MySQL makes no estimate of an index that it is forced to take.
    const from = `FROM ${quoteName(this.#key.table)} USE INDEX (${quoteName(this.#key.index)})`;
    const [plan] = await this.#session.query(
      `EXPLAIN FORMAT=TRADITIONAL SELECT 1 ${from} WHERE ${condition}`,
    );
    return Math.max(1, Number(plan?.['rows'] ?? 1));
  }
}
