import type { HoldfastError } from '../../../core/errors.ts';

/** Something that a schema consists of, with the statements that make it. */
export interface SchemaObject {
  /** As in `Statement.kind`: TABLE, VIEW, SEQUENCE, FUNCTION, PROCEDURE, PACKAGE, PACKAGE BODY, TRIGGER, EVENT, … */
  readonly kind: string;
  readonly name: string;
  /** The table that it belongs to, where its own name is another. */
  readonly table: string | null;
  /** In order. */
  readonly preData: readonly ObjectStatement[];
  readonly postData: readonly ObjectStatement[];
  /** The objects that must be there first, as `objectId` names them. */
  readonly needs: readonly string[];
  /** The objects that it is a part of: a trigger and its table. */
  readonly partOf: readonly string[];
  /** Why it cannot be exported; its statements are missing then. */
  readonly failure?: HoldfastError;
}

export interface ObjectStatement {
  /** As in `Statement.kind`. */
  readonly kind: string;
  readonly sql: string;
}

/** One name for an object among all of a database. Tables, views and sequences share their names. */
export function objectId(kind: string, name: string): string {
  return JSON.stringify([['VIEW', 'SEQUENCE'].includes(kind) ? 'TABLE' : kind, name]);
}
