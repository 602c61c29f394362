import { schemaSettings } from '../load/connections.ts';

/** A program with the statements of the server that make it. */
export interface MadeProgram {
  /** As in `Statement.kind`. */
  readonly kind: string;
  readonly statements: readonly string[];
}

const ROUTINES: ReadonlySet<string> = new Set([
  'FUNCTION',
  'PROCEDURE',
  'PACKAGE',
  'PACKAGE BODY',
  'LIBRARY',
]);

/**
 * The statements that make programs, in order, with the rights to single routines right behind the routines: who a view runs as
 * may have no others.
 */
export function makingStatements(programs: readonly MadeProgram[], grants: readonly string[]): string[] {
  const last = programs.findLastIndex(({ kind }) => ROUTINES.has(kind));
  const granting = grants.length === 0 ? [] : [schemaSettings, ...grants];
  return [
    ...programs.slice(0, last + 1).flatMap(({ statements }) => statements),
    ...granting,
    ...programs.slice(last + 1).flatMap(({ statements }) => statements),
  ];
}
