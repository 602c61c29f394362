import { HoldfastError } from './errors.ts';

/** An object of plain JSON data. */
export type Fields = Readonly<Record<string, unknown>>;

/** Checks of what an archive's manifest says of its database; `name` is the fact's name for the message. */
export interface FactChecks {
  /** @throws HoldfastError `damaged` that names the fact, unless it is good */
  readonly expect: (isGood: boolean, name: string) => void;
  /** A fact that must be an object. @throws HoldfastError `damaged` */
  readonly fieldsOf: (value: unknown, name: string) => Fields;
  /** A fact that must be a list of objects. @throws HoldfastError `damaged` */
  readonly listOf: (value: unknown, name: string) => Fields[];
}

/** The checks for a database of `kind`, such as "PostgreSQL". */
export function factChecks(kind: string): FactChecks {
  const expect = (isGood: boolean, name: string): void => {
    if (isGood) return;
    throw new HoldfastError(
      'damaged',
      `The manifest's fact "${name}" about the ${kind} database is missing or of another kind.`,
    );
  };
  const fieldsOf = (value: unknown, name: string): Fields => {
    expect(typeof value === 'object' && value !== null && !Array.isArray(value), name);
    return value as Fields;
  };
  const listOf = (value: unknown, name: string): Fields[] => {
    expect(Array.isArray(value), name);
    return (value as unknown[]).map((item) => fieldsOf(item, name));
  };
  return { expect, fieldsOf, listOf };
}

export function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

/** True for a whole number from 0. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
