import type { LinkedObject } from '../../../core/selection.ts';
import type { Statement } from '../../engine.ts';
import type { ObjectStatement, SchemaObject } from './object.ts';
import { idOf } from './selection.ts';

/** More than any real object has: a comment line has 256 KiB. */
const MOST_LINKS = 4000;

/** Numbers objects in the order in which they are first written, and writes down what each hangs together with. */
export class StatementWriter {
  readonly #database: string;
  readonly #links: ReadonlyMap<string, LinkedObject<string>>;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #told = new Set<number>();

  constructor(
    database: string,
    objects: readonly SchemaObject[],
    links: ReadonlyMap<string, LinkedObject<string>>,
  ) {
    this.#database = database;
    this.#links = links;
    this.#numbers = new Map(objects.map((object, number) => [idOf(object), number]));
  }

  /** The number of an object by what it is. */
  numberOf(object: SchemaObject): number {
    return this.#numbers.get(idOf(object)) as number;
  }

  /** The statements of an object, in the order in which all are to be written. */
  write(object: SchemaObject, statements: readonly ObjectStatement[]): Statement[] {
    const number = this.numberOf(object);
    return statements.map(({ kind, sql }) => {
      const statement = { kind, schema: this.#database, name: object.name, sql, object: number };
      if (this.#told.has(number)) return statement;
      this.#told.add(number);
      const {
        kind: ownKind,
        schema,
        name,
        table,
        needs,
        partOf,
      } = this.#links.get(idOf(object)) as LinkedObject<string>;
      const listed = (ids: Iterable<string>) =>
        Array.from(ids, (id) => this.#numbers.get(id)).filter((other) => other !== undefined);
      const lists = { needs: listed(needs), partOf: listed(partOf), comesWith: [] };
      const isShort = lists.needs.length + lists.partOf.length <= MOST_LINKS;
      // Without its lists an object cannot be chosen.
      return { ...statement, about: { kind: ownKind, schema, name, table, ...(isShort && lists) } };
    });
  }
}
