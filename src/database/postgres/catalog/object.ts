import type { Statement } from '../../engine.ts';

/** Identity of a catalog row: `pg_class:16384`, the catalog's name and the row's oid. Columns go with their relation. */
export type ObjectId = `${string}:${number}`;

/** Columns have no oid: where one has an id of its own, `pg_attribute:…`, it is its relation's oid times this plus its number. */
export const COLUMN_NUMBERS = 2048;

/**
 * Which SQL file an object's statements go into. `after-privileges` is the end of the second one, behind every grant:
 * for what runs queries with its owner's rights (REFRESH MATERIALIZED VIEW). `last` is behind all else: for what would
 * fire on it (event triggers).
 */
export type Section = 'pre-data' | 'post-data' | 'after-privileges' | 'last';

/** Roles that statements name, unquoted, by the statements that name them; one can be in several lists. */
export interface RequiredRoles {
  /** Those that objects are given to: what `--no-owner` leaves out. */
  readonly owners: readonly string[];
  /** Those that grant or are granted something: what `--no-privileges` leaves out. */
  readonly privileges: readonly string[];
  /** Those of policies and settings: what is never left out. */
  readonly others: readonly string[];
}

/** What a kind's module knows of the order when it writes its SQL. */
export interface Placement {
  /**
   * True when the object `id` (which this one `inlines`) comes before this one, so that its text belongs into this
   * object's statement; false when a loop of dependencies was broken there, and `id` writes statements of its own.
   */
  isInlined(id: ObjectId): boolean;
  /** True when a loop of dependencies was broken by naming the stand-in `id` in place of its object. */
  isStandingIn(id: ObjectId): boolean;
}

/** That of an object which is asked for its statements by itself. */
export const ALONE: Placement = { isInlined: () => false, isStandingIn: () => false };

/** One object of a database's schema: what its module collected, with the statements that make it again. */
export interface SchemaObject {
  readonly id: ObjectId;
  /** Other catalog rows that exist as soon as this object does: a table's row type, its array type, a view's rule. */
  readonly alsoProvides?: readonly ObjectId[];
  /** As in `Statement.kind`. */
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
  /** The table it belongs to, by name: orders objects that have schema and name in common. */
  readonly table?: string;
  readonly section: Section;
  /** Objects that must come first, beyond what pg_depend says. Ids that are not in the database's schema are passed over. */
  readonly requires?: readonly ObjectId[];
  /** Objects that come first where they are exported; it has its place without them too. */
  readonly follows?: readonly ObjectId[];
  /**
   * Objects that are made in several steps, of which this one comes later: what needs one of them needs this one too,
   * unless this one needs it.
   */
  readonly completes?: readonly ObjectId[];
  /**
   * Objects that a selection takes it along with, any of them, whatever pg_depend says: an operator that names it as its
   * negator. They do not bind the order.
   */
  readonly comesWith?: readonly ObjectId[];
  /** Dependencies that pg_depend records but that do not bind the order of creation (a sequence on its owning column). */
  readonly ignores?: readonly ObjectId[];
  /**
   * Objects whose text goes into this one's statement when they can come first (a table's defaults and checks).
   * The sort drops such an edge to break a loop, and asks nothing else.
   */
  readonly inlines?: readonly ObjectId[];
  /**
   * An object that others can name in place of this one where a loop of dependencies leaves no other way: the shell of
   * a type, for the functions that the type itself needs; a function with an empty body, for the functions that its body
   * calls. It must be among this one's `requires`.
   */
  readonly standIn?: ObjectId;
  /**
   * Objects without which it has no place: it is left out with any of them, beside what pg_depend drops with them
   * (a foreign key goes with the table that it points to).
   */
  readonly partOf?: readonly ObjectId[];
  /** True for what is known but not made again, nor what hangs on it: an index that is not valid. */
  readonly isLeftOut?: boolean;
  /** Roles that its own statements name. */
  readonly roles?: Partial<RequiredRoles>;
  /** The statements that make it, in order. An inlined object's are not asked for. Owner, comment and privileges come by themselves. */
  statements(placement: Placement): readonly Statement[];
}

/** One kind of object: a module of its own that collects it and knows its DDL. */
export interface ObjectKind {
  /** For messages: `table`, `text search parser`. */
  readonly name: string;
  collect(catalog: Catalog): Promise<SchemaObject[]>;
}

/** The catalogs of one database, read inside the snapshot with an empty search_path. */
export interface Catalog {
  /** As server_version_num: 150018 is 15.18. */
  readonly version: number;
  /**
   * Rows of a catalog query. Every value comes as the server's text or null, whatever its type: cast what you need
   * (`oid::int8`, `array_to_json(…)`), and parse only oids, small counts and JSON of names.
   */
  query<Row extends Record<string, string | null>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * True for what belongs to a user and is not a member of an extension: the only rows that a kind collects.
   * Takes an SQL expression each for the row's catalog and oid and returns an SQL condition, for use in `where`.
   */
  isUserObject(classId: string, oid: string): string;
}
