import { isUtf8 } from 'node:buffer';
import { HoldfastError } from '../core/errors.ts';
import { checkJsonLimits } from './json-limits.ts';

const DEPTH_LIMIT = 32;

/**
 * A JSON object that is read strictly: every field is checked when it is asked for, and what is missing or of another
 * kind throws a HoldfastError `damaged` that names it. Fields that nobody asks for are left alone.
 */
export class JsonObject {
  /** How it is called in messages: `manifest.json`, `tables[3] of manifest.json`. */
  readonly name: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  private constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new HoldfastError('damaged', `There is no JSON object in ${name}.`);
    }
    this.name = name;
    this.#fields = value as Record<string, unknown>;
  }

  /**
   * @param json UTF-8
   * @param name how it is called in messages
   * @param values how many values it may hold; those of a line when left out
   */
  static parse(json: Buffer, name: string, values?: number): JsonObject {
    if (!isUtf8(json)) throw new HoldfastError('damaged', `There are bytes that are no UTF-8 in ${name}.`);
    const text = json.toString();
    checkJsonLimits(text, name, values);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new HoldfastError('damaged', `There is no valid JSON in ${name}.`, { cause });
    }
    return new JsonObject(value, name);
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#fields, field);
  }

  isNull(field: string): boolean {
    return this.#get(field) === null;
  }

  text(field: string): string {
    const value = this.#get(field);
    return typeof value === 'string' ? value : this.#fail(field, 'a string');
  }

  textOrNull(field: string): string | null {
    return this.isNull(field) ? null : this.text(field);
  }

  optionalText(field: string): string | undefined {
    return this.has(field) ? this.text(field) : undefined;
  }

  /** A text that matches `pattern`, which `kind` describes. */
  match(field: string, pattern: RegExp, kind: string): string {
    const value = this.#get(field);
    return typeof value === 'string' && pattern.test(value) ? value : this.#fail(field, kind);
  }

  /** A SHA-256 as 64 hex digits. */
  sha256(field: string): string {
    return this.match(field, /^[0-9a-f]{64}$/, 'a SHA-256 of 64 hex digits');
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(field: string): number {
    const value = this.#get(field);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.#fail(field, 'a whole number from 0 on');
  }

  optionalCount(field: string): number | undefined {
    return this.has(field) ? this.count(field) : undefined;
  }

  flag(field: string): boolean {
    const value = this.#get(field);
    return typeof value === 'boolean' ? value : this.#fail(field, 'true or false');
  }

  texts(field: string): string[] {
    const values = this.#array(field);
    return values.every((value) => typeof value === 'string')
      ? values
      : this.#fail(field, 'a list of strings');
  }

  counts(field: string): number[] {
    const values = this.#array(field);
    return values.every((value) => Number.isSafeInteger(value) && (value as number) >= 0)
      ? (values as number[])
      : this.#fail(field, 'a list of whole numbers from 0 on');
  }

  object(field: string): JsonObject {
    return new JsonObject(this.#get(field), `${field} of ${this.name}`);
  }

  objectOrNull(field: string): JsonObject | null {
    return this.#get(field) === null ? null : this.object(field);
  }

  objects(field: string): JsonObject[] {
    return this.#array(field).map(
      (value, index) => new JsonObject(value, `${field}[${index}] of ${this.name}`),
    );
  }

  /** The object itself, for what is not ours to check; its depth is limited. */
  plain(): Readonly<Record<string, unknown>> {
    let layer: unknown[] = [this.#fields];
    for (let depth = 0; layer.length > 0; depth++) {
      if (depth > DEPTH_LIMIT) throw new HoldfastError('damaged', `Too many levels in ${this.name}.`);
      layer = layer.flatMap((value) =>
        typeof value === 'object' && value !== null ? Object.values(value) : [],
      );
    }
    return this.#fields;
  }

  #array(field: string): unknown[] {
    const value = this.#get(field);
    return Array.isArray(value) ? value : this.#fail(field, 'a list');
  }

  #get(field: string): unknown {
    return this.has(field) ? this.#fields[field] : undefined;
  }

  #fail(field: string, kind: string): never {
    throw new HoldfastError('damaged', `${field} of ${this.name} is not ${kind}.`);
  }
}
