import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface DomainRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  base: string;
  collation: string | null;
  /** Null where it is the base type's, or none. */
  default: string | null;
  loses_default: string;
  /** The functions and operators that only the default needs. */
  default_calls: string;
  not_null: string;
  constraints: string;
}

interface DomainConstraint {
  readonly oid: number;
  readonly name: string;
  /** As the server writes it: `CHECK (…)`, with NOT VALID; `NOT NULL` since 17. */
  readonly definition: string;
  readonly isNotNull: boolean;
  readonly isValidated: boolean;
}

/**
 * Domains, and as objects of their own that a domain inlines: its default, which may call a function that takes or
 * returns the domain, and its constraints where they hold for the rows that are there.
 */
export const domainKind: ObjectKind = {
  name: 'domain',
  async collect(catalog) {
    const rows = await catalog.query<DomainRow>(`
      SELECT t.oid, n.nspname AS schema, t.typname AS name,
        pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base,
        CASE WHEN t.typcollation <> b.typcollation THEN (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname)
          FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace
          WHERE l.oid = t.typcollation) END AS collation,
        -- It begins with its base type's, which for a base type is a text that no expression gives.
        t.typdefault IS NULL AND b.typdefault IS NOT NULL AS loses_default,
        CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0)
          WHEN t.typdefault IS DISTINCT FROM b.typdefault OR b.typdefaultbin IS NOT NULL
          THEN pg_catalog.quote_literal(t.typdefault) END AS "default",
        (SELECT coalesce(json_agg(r.relname || ':' || d.refobjid), '[]')
          FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS r ON r.oid = d.refclassid
          WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid
            AND (r.relname IN ('pg_proc', 'pg_operator') OR (d.refclassid, d.refobjid) = (d.classid, d.objid))
            AND ${catalog.isUserObject('d.refclassid', 'd.refobjid')}
            -- A range type's constructor comes with the type.
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS i
              WHERE i.classid = d.refclassid AND i.objid = d.refobjid AND i.deptype = 'i')) AS default_calls,
        t.typnotnull AS not_null,
        (SELECT coalesce(json_agg(json_build_object('oid', k.oid::int8, 'name', k.conname,
            'definition', pg_catalog.pg_get_constraintdef(k.oid), 'isNotNull', k.contype = 'n',
            'isValidated', k.convalidated) ORDER BY k.contype DESC, k.conname COLLATE "C"), '[]')
          FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid) AS constraints
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.typtype = 'd' AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
        AND ${isPermanentSchema('t.typnamespace')}`);
    return rows.flatMap((row) => {
      const constraints = JSON.parse(row.constraints) as DomainConstraint[];
      return [
        domainObject(row, constraints),
        ...(row.default === null ? [] : [defaultObject(row, row.default)]),
        ...checks(constraints).map((check) => checkObject(row, check)),
      ];
    });
  },
};

function checks(constraints: readonly DomainConstraint[]): DomainConstraint[] {
  return constraints.filter(({ isNotNull }) => !isNotNull);
}

function constraintId({ oid }: DomainConstraint): ObjectId {
  return `pg_constraint:${oid}`;
}

function defaultId({ oid }: DomainRow): ObjectId {
  return `domain_default:${Number(oid)}`;
}

function defaultCalls(row: DomainRow): ObjectId[] {
  return JSON.parse(row.default_calls) as ObjectId[];
}

function constraintClause({ name, definition }: DomainConstraint): string {
  return `CONSTRAINT ${quoteIdentifier(name)} ${definition}`;
}

function domainObject(row: DomainRow, constraints: readonly DomainConstraint[]): SchemaObject {
  const { schema, name } = row;
  const id = `pg_type:${Number(row.oid)}` as const;
  const notNull = constraints.filter(({ isNotNull }) => isNotNull);
  const inlined = checks(constraints).filter(({ isValidated }) => isValidated);
  return {
    id,
    alsoProvides: notNull.map(constraintId),
    kind: 'DOMAIN',
    schema,
    name,
    section: 'pre-data',
    ignores: defaultCalls(row),
    inlines: [
      // A default that names the domain itself comes after it.
      ...(row.default === null || defaultCalls(row).includes(id) ? [] : [defaultId(row)]),
      ...inlined.map(constraintId),
    ],
    statements(placement) {
      const clauses = [
        `CREATE DOMAIN ${qualifiedName(schema, name)} AS ${row.base}`,
        ...(row.collation === null ? [] : [`COLLATE ${row.collation}`]),
        ...(placement.isInlined(defaultId(row)) ? [`DEFAULT ${row.default}`] : []),
        ...notNull.map(constraintClause),
        ...(row.not_null === 't' && notNull.length === 0 ? ['NOT NULL'] : []),
        ...inlined.filter((check) => placement.isInlined(constraintId(check))).map(constraintClause),
      ];
      const create = { kind: 'DOMAIN', schema, name, sql: `${clauses.join('\n  ')};` };
      if (row.loses_default !== 't') return [create];
      return [create, { ...create, sql: `ALTER DOMAIN ${qualifiedName(schema, name)} DROP DEFAULT;` }];
    },
  };
}

function defaultObject(domain: DomainRow, expression: string): SchemaObject {
  const { schema, name } = domain;
  const sql = `ALTER DOMAIN ${qualifiedName(schema, name)} SET DEFAULT ${expression};`;
  return {
    id: defaultId(domain),
    kind: 'DEFAULT',
    schema,
    name,
    section: 'pre-data',
    requires: [`pg_type:${Number(domain.oid)}`, ...defaultCalls(domain)],
    statements: () => [{ kind: 'DEFAULT', schema, name, sql }],
  };
}

function checkObject(domain: DomainRow, check: DomainConstraint): SchemaObject {
  const { schema } = domain;
  const sql = `ALTER DOMAIN ${qualifiedName(schema, domain.name)} ADD ${constraintClause(check)};`;
  return {
    id: constraintId(check),
    kind: 'CHECK CONSTRAINT',
    schema,
    name: check.name,
    table: domain.name,
    section: check.isValidated ? 'pre-data' : 'post-data',
    statements: () => [{ kind: 'CHECK CONSTRAINT', schema, name: check.name, sql }],
  };
}
