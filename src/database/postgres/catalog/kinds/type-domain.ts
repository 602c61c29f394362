import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../identifiers.ts';
import type { ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface DomainRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  base: string;
  collation: string | null;
  default: string | null;
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

/** Domains, and their constraints as objects that a domain inlines where they hold for the rows that are there. */
export const domainKind: ObjectKind = {
  name: 'domain',
  async collect(catalog) {
    const rows = await catalog.query<DomainRow>(`
      SELECT t.oid, n.nspname AS schema, t.typname AS name,
        pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base,
        CASE WHEN t.typcollation <> b.typcollation THEN (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname)
          FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace
          WHERE l.oid = t.typcollation) END AS collation,
        coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), pg_catalog.quote_literal(t.typdefault)) AS "default",
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
      return [domainObject(row, constraints), ...checks(constraints).map((check) => checkObject(row, check))];
    });
  },
};

function checks(constraints: readonly DomainConstraint[]): DomainConstraint[] {
  return constraints.filter(({ isNotNull }) => !isNotNull);
}

function constraintId({ oid }: DomainConstraint): ObjectId {
  return `pg_constraint:${oid}`;
}

function constraintClause({ name, definition }: DomainConstraint): string {
  return `CONSTRAINT ${quoteIdentifier(name)} ${definition}`;
}

function domainObject(row: DomainRow, constraints: readonly DomainConstraint[]): SchemaObject {
  const { schema, name } = row;
  const notNull = constraints.filter(({ isNotNull }) => isNotNull);
  const inlined = checks(constraints).filter(({ isValidated }) => isValidated);
  return {
    id: `pg_type:${Number(row.oid)}`,
    alsoProvides: notNull.map(constraintId),
    kind: 'DOMAIN',
    schema,
    name,
    section: 'pre-data',
    inlines: inlined.map(constraintId),
    statements(placement) {
      const clauses = [
        `CREATE DOMAIN ${qualifiedName(schema, name)} AS ${row.base}`,
        ...(row.collation === null ? [] : [`COLLATE ${row.collation}`]),
        ...(row.default === null ? [] : [`DEFAULT ${row.default}`]),
        ...notNull.map(constraintClause),
        ...(row.not_null === 't' && notNull.length === 0 ? ['NOT NULL'] : []),
        ...inlined.filter((check) => placement.isInlined(constraintId(check))).map(constraintClause),
      ];
      return [{ kind: 'DOMAIN', schema, name, sql: `${clauses.join('\n  ')};` }];
    },
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
