import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../../core/errors.ts';
import { quoteName, quoteText, rowsOf } from '../file/connection.ts';
import { isUnknownToUs } from '../file/errors.ts';

/** Tables and views that a view or a trigger uses, by name. */
export interface Uses {
  readonly names: ReadonlySet<string>;
  /** Why these may not be all; null where they are. */
  readonly doubt: string | null;
  /** What SQLite says to each kind of statement with it; null where that works. */
  readonly faults: readonly (string | null)[];
}

/** Actions of authorizers that name a table: DELETE, INSERT, READ, UPDATE. Source: https://sqlite.org/c3ref/c_alter_table.html */
const TABLE_ACTIONS: ReadonlySet<number> = new Set([9, 18, 20, 23]);
const ALLOWED = 0;
const DENIED = 1;

/** How often SQLite may ask for one file: what takes more is no schema of people's, and would take minutes. */
const MOST_ASKED = 500_000;

/** SQLite takes no names of functions that are longer than 255 bytes. */
const UNKNOWN_FUNCTION = /^no such function: (.{1,63})$/u;

/** Each takes another attempt; an application has a few, a forged file may name any number. */
const MOST_STAND_INS = 100;

/** What SQLite asks leave to use when it compiles a statement. */
interface Compiled {
  /** By the view, the trigger or the like in whose text it stands. */
  readonly uses: ReadonlyMap<string | null, ReadonlySet<string>>;
  /** Why it cannot be compiled. */
  readonly fault: string | null;
  /** Whether it may work all the same where an application runs it. */
  readonly isDoubtful: boolean;
}

/** Finds out what views and triggers use by having SQLite compile them; nothing is run. */
export class UsesFinder {
  readonly #db: DatabaseSync;
  readonly #triggers: ReadonlySet<string>;
  readonly #mostAsked: number;
  #asked = 0;
  /** Functions of an application's own that are there by name now. */
  readonly #standIns = new Set<string>();
  readonly #writes = new Map<string, readonly Compiled[]>();

  /** @param triggers the names of all */
  constructor(db: DatabaseSync, triggers: ReadonlySet<string>, mostAsked = MOST_ASKED) {
    this.#db = db;
    this.#triggers = triggers;
    this.#mostAsked = mostAsked;
  }

  /** What a view reads, also through others; nothing where it no longer works. */
  ofView(view: string): Uses {
    return merged([this.#compile(`SELECT * FROM main.${quoteName(view)}`)], () => true);
  }

  /** What a trigger uses, with what it is on; nothing more where what fires it no longer works. */
  ofTrigger(trigger: string, table: string): Uses {
    const writes = this.#writes.get(table) ?? this.#compileWrites(table);
    this.#writes.set(table, writes);
    // SQLite does not always tell the trigger where it is a query in one: such is taken for all triggers of the table.
    return merged(writes, (place) => place === trigger || place === null || !this.#triggers.has(place));
  }

  /** What fires the triggers of a table or view. */
  #compileWrites(table: string): Compiled[] {
    const place = `main.${quoteName(table)}`;
    // The columns of a view cannot be listed without the functions that it calls.
    const read = this.#compile(`SELECT * FROM ${place}`);
    const columns = this.#columnsToSet(table).map((name) => `${quoteName(name)} = NULL`);
    return [
      { ...read, uses: new Map() },
      this.#compile(`INSERT INTO ${place} DEFAULT VALUES`),
      this.#compile(`UPDATE ${place} SET ${columns.join(', ')}`),
      this.#compile(`DELETE FROM ${place}`),
    ];
  }

  /** None of a view that no longer works. */
  #columnsToSet(table: string): string[] {
    const columns = `SELECT name FROM pragma_table_xinfo(${quoteText(table)}, 'main') WHERE hidden = 0`;
    try {
      return rowsOf<{ name: string }>(this.#db, columns).map(({ name }) => name);
    } catch {
      return [];
    }
  }

  #compile(sql: string): Compiled {
    for (;;) {
      const uses = new Map<string | null, Set<string>>();
      const error = this.#errorOf(sql, uses);
      if (error === null) return { uses, fault: null, isDoubtful: false };
      const message = messageOf(error);
      if (this.#asked > this.#mostAsked) return { uses, fault: 'it is too much', isDoubtful: true };
      const unknown = UNKNOWN_FUNCTION.exec(message)?.[1];
      const isKnown = unknown === undefined || this.#standIns.has(unknown);
      if (isKnown || this.#standIns.size === MOST_STAND_INS) {
        const isDoubtful =
          isUnknownToUs(error) || [...this.#standIns].some((name) => message.includes(`${name}()`));
        return { uses: isDoubtful ? uses : new Map(), fault: message, isDoubtful };
      }
      this.#standIns.add(unknown);
      this.#db.function(unknown, { varargs: true, deterministic: true }, () => null);
    }
  }

  /** Why a statement cannot be compiled; null where it can. */
  #errorOf(sql: string, uses: Map<string | null, Set<string>>): unknown {
    this.#db.setAuthorizer((action, table, _column, _database, place) => {
      this.#asked += 1;
      if (this.#asked > this.#mostAsked) return DENIED;
      if (TABLE_ACTIONS.has(action) && table !== null)
        uses.set(place, (uses.get(place) ?? new Set()).add(table));
      return ALLOWED;
    });
    try {
      this.#db.prepare(sql);
      return null;
    } catch (error) {
      return error;
    } finally {
      this.#db.setAuthorizer(null);
    }
  }
}

function merged(compiled: readonly Compiled[], isWithin: (place: string | null) => boolean): Uses {
  const names = new Set<string>();
  for (const { uses } of compiled)
    for (const [place, tables] of uses) if (isWithin(place)) for (const table of tables) names.add(table);
  return {
    names,
    doubt: compiled.find(({ isDoubtful }) => isDoubtful)?.fault ?? null,
    faults: compiled.map(({ fault }) => fault),
  };
}
