import type { Catalog } from '../object.ts';

/** What the server keeps of views, defaults and other code that it has parsed tells what the code uses. */
interface ExpressionFeature {
  readonly since: number;
  readonly what: string;
  /** A regular expression for what the server's text of such a tree has then. */
  readonly pattern: string;
}

export const EXPRESSION_FEATURES: readonly ExpressionFeature[] = [
  { since: 14, what: 'queries with SEARCH or CYCLE', pattern: '\\{CTE(SEARCH|CYCLE)CLAUSE' },
  { since: 14, what: 'queries with GROUP BY DISTINCT', pattern: ':groupDistinct true' },
  { since: 14, what: 'queries with an alias of JOIN ... USING', pattern: ':join_using_alias \\{' },
  // 3802 is the oid of jsonb.
  {
    since: 14,
    what: 'subscripts of jsonb',
    pattern: '\\{(SUBSCRIPTINGREF|SUBSCRIPT) :refcontainertype 3802 ',
  },
  { since: 15, what: 'MERGE', pattern: '\\{QUERY :commandType 5 ' },
  { since: 16, what: 'JSON constructors and IS JSON', pattern: '\\{JSON(CONSTRUCTOREXPR|ISPREDICATE) ' },
  { since: 16, what: 'XMLSERIALIZE with INDENT', pattern: ':indent true' },
  { since: 17, what: 'SQL/JSON query functions', pattern: '\\{JSONEXPR ' },
  { since: 17, what: 'JSON_TABLE', pattern: '\\{TABLEFUNC :functype 1 ' },
  { since: 17, what: 'MERGE ... WHEN NOT MATCHED BY SOURCE', pattern: '\\{MERGEACTION :matchKind 1 ' },
  // Perhaps of another command of the same code: it is not told apart.
  { since: 17, what: 'MERGE ... RETURNING', pattern: '\\{QUERY :commandType 5 .*:returningList \\(\\{' },
  { since: 18, what: 'RETURNING of OLD and NEW', pattern: '\\{RETURNINGEXPR |:varreturningtype [12] ' },
];

/** A query for the trees of all parsed code of users', as text: id, schema, name of what has the code, tree. */
export function expressionTrees({ version }: Catalog): string {
  const ofRelation = (source: string, oid: string, id: string, trees: readonly string[]) =>
    trees.map(
      (tree) => `SELECT ${id} AS id, n.nspname::text AS schema, c.relname::text AS name, ${tree}::text AS tree
        FROM ${source} JOIN pg_catalog.pg_class AS c ON c.oid = ${oid}
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE ${tree} IS NOT NULL AND c.oid >= 16384`,
    );
  const ofType = (source: string, oid: string, id: string, tree: string) =>
    `SELECT ${id}, n.nspname::text, t.typname::text, ${tree}::text FROM ${source}
      JOIN pg_catalog.pg_type AS t ON t.oid = ${oid} JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE ${tree} IS NOT NULL AND t.oid >= 16384`;
  const ofFunction = (tree: string) =>
    `SELECT 'pg_proc:' || p.oid, n.nspname::text, p.proname::text, ${tree}::text FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE ${tree} IS NOT NULL AND p.oid >= 16384`;
  return [
    ...ofRelation('pg_catalog.pg_rewrite AS r', 'r.ev_class', `'pg_rewrite:' || r.oid`, [
      'r.ev_action',
      'r.ev_qual',
    ]),
    ...ofRelation('pg_catalog.pg_attrdef AS d', 'd.adrelid', `'pg_attrdef:' || d.oid`, ['d.adbin']),
    ...ofRelation('pg_catalog.pg_constraint AS k', 'k.conrelid', `'pg_constraint:' || k.oid`, ['k.conbin']),
    ...ofRelation('pg_catalog.pg_index AS i', 'i.indexrelid', `'pg_class:' || i.indexrelid`, [
      'i.indexprs',
      'i.indpred',
    ]),
    ...ofRelation('pg_catalog.pg_policy AS p', 'p.polrelid', `'pg_policy:' || p.oid`, [
      'p.polqual',
      'p.polwithcheck',
    ]),
    ...ofRelation('pg_catalog.pg_trigger AS g', 'g.tgrelid', `'pg_trigger:' || g.oid`, ['g.tgqual']),
    ...ofRelation('pg_catalog.pg_partitioned_table AS pt', 'pt.partrelid', `'pg_class:' || pt.partrelid`, [
      'pt.partexprs',
    ]),
    ofType('pg_catalog.pg_constraint AS k', 'k.contypid', `'pg_constraint:' || k.oid`, 'k.conbin'),
    ofType('pg_catalog.pg_type AS o', 'o.oid', `'pg_type:' || o.oid`, 'o.typdefaultbin'),
    ofFunction('p.proargdefaults'),
    ...(version >= 140000 ? [ofFunction('p.prosqlbody')] : []),
    ...(version >= 140000
      ? [
          `SELECT 'pg_statistic_ext:' || s.oid, n.nspname::text, s.stxname::text, s.stxexprs::text
      FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
      WHERE s.stxexprs IS NOT NULL`,
        ]
      : []),
  ].join('\n    UNION ALL ');
}
