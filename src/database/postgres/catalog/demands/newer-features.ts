/** Something that the catalogs show and servers take only from a version on. */
interface ObjectFeature {
  readonly since: number;
  /** In the plural, for messages. */
  readonly what: string;
  /** A query for the objects: id, schema (or null), name. It runs on servers from `since` on. */
  readonly sql: string;
  readonly isPrivilege?: boolean;
}

const relations = (condition: string): string =>
  `SELECT 'pg_class:' || c.oid, n.nspname::text, c.relname::text FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid >= 16384 AND ${condition}`;

const columns = (condition: string): string =>
  `SELECT 'pg_class:' || c.oid, n.nspname::text, c.relname || '.' || a.attname FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'm', 'c') AND a.attnum > 0 AND NOT a.attisdropped AND ${condition}`;

const constraints = (condition: string): string =>
  `SELECT 'pg_constraint:' || k.oid, n.nspname::text, k.conname || ' on ' || c.relname FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND ${condition}`;

const functions = (condition: string): string =>
  `SELECT 'pg_proc:' || p.oid, n.nspname::text, p.proname::text FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND ${condition}`;

const publications = (condition: string): string =>
  `SELECT 'pg_publication:' || p.oid, NULL, p.pubname::text FROM pg_catalog.pg_publication AS p WHERE ${condition}`;

const collations = (condition: string): string =>
  `SELECT 'pg_collation:' || l.oid, n.nspname::text, l.collname::text FROM pg_catalog.pg_collation AS l
    JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace WHERE l.oid >= 16384 AND ${condition}`;

const subscriptions = (condition: string): string =>
  `SELECT 'pg_subscription:' || s.oid, NULL, s.subname::text FROM pg_catalog.pg_subscription AS s WHERE ${condition}`;

const columnOfNotNull = `SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum]`;

export const OBJECT_FEATURES: readonly ObjectFeature[] = [
  {
    since: 14,
    what: 'compression methods of columns',
    sql: columns(`c.relkind <> 'c' AND a.attcompression <> ''`),
  },
  {
    since: 14,
    what: 'functions with a body in standard SQL',
    sql: functions('p.prosqlbody IS NOT NULL'),
  },
  {
    since: 14,
    what: 'procedures with OUT arguments',
    sql: functions(`p.prokind = 'p' AND 'o' = ANY (p.proargmodes)`),
  },
  {
    since: 14,
    what: 'range types with a multirange type',
    sql: `SELECT 'pg_type:' || t.oid, n.nspname::text, t.typname::text FROM pg_catalog.pg_range AS r
      JOIN pg_catalog.pg_type AS t ON t.oid = r.rngtypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.oid >= 16384`,
  },
  {
    since: 14,
    what: 'base types with a function for subscripts',
    sql: `SELECT 'pg_type:' || t.oid, n.nspname::text, t.typname::text FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.oid >= 16384 AND t.typtype = 'b' AND t.typcategory <> 'A' AND t.typsubscript <> 0`,
  },
  {
    since: 14,
    what: 'statistics on expressions',
    sql: `SELECT 'pg_statistic_ext:' || s.oid, n.nspname::text, s.stxname::text FROM pg_catalog.pg_statistic_ext AS s
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.stxexprs IS NOT NULL`,
  },
  {
    since: 14,
    what: 'SP-GiST indexes with INCLUDE',
    sql: relations(`EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
      WHERE i.indexrelid = c.oid AND m.amname = 'spgist' AND i.indnatts > i.indnkeyatts)`),
  },
  {
    since: 15,
    what: 'indexes with NULLS NOT DISTINCT',
    sql: relations(
      'EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indexrelid = c.oid AND i.indnullsnotdistinct)',
    ),
  },
  {
    since: 15,
    what: 'views with security_invoker',
    sql: relations(`c.relkind = 'v' AND EXISTS (
      SELECT FROM pg_catalog.unnest(c.reloptions) AS o WHERE o LIKE 'security_invoker=%')`),
  },
  {
    since: 15,
    what: 'unlogged sequences',
    sql: relations(`c.relkind = 'S' AND (c.relpersistence = 'u' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i' AND d.refobjsubid > 0)
      OR EXISTS (SELECT FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i' AND d.refobjsubid > 0
          AND t.relpersistence <> c.relpersistence))`),
  },
  {
    since: 15,
    what: 'foreign keys with ON DELETE SET ... on some columns',
    sql: constraints(`k.confdelsetcols IS NOT NULL AND k.conparentid = 0`),
  },
  {
    since: 15,
    what: 'numeric columns with a scale below 0 or above their precision',
    sql: columns(`a.atttypid = 'pg_catalog.numeric'::pg_catalog.regtype AND a.atttypmod > 3
      AND ((((a.atttypmod - 4) & 2047) # 1024) - 1024) NOT BETWEEN 0 AND ((a.atttypmod - 4) >> 16)`),
  },
  {
    since: 15,
    what: 'publications with row filters or column lists',
    sql: publications(`EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r
      WHERE r.prpubid = p.oid AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL))`),
  },
  {
    since: 15,
    what: 'publications of schemas',
    sql: publications(
      'EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS s WHERE s.pnpubid = p.oid)',
    ),
  },
  {
    since: 16,
    what: "generated columns with another expression than the parent's",
    sql: columns(`a.attgenerated <> '' AND EXISTS (
      SELECT FROM pg_catalog.pg_inherits AS h
      JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = h.inhparent AND pa.attname = a.attname
      JOIN pg_catalog.pg_attrdef AS pd ON pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum
      JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE h.inhrelid = c.oid
        AND pg_catalog.pg_get_expr(pd.adbin, pd.adrelid) <> pg_catalog.pg_get_expr(d.adbin, d.adrelid))`),
  },
  { since: 14, what: 'subscriptions that say how they stream', sql: subscriptions('true') },
  {
    since: 15,
    what: 'subscriptions with two_phase or disable_on_error',
    sql: subscriptions(`(s.subtwophasestate <> 'd' OR s.subdisableonerr)`),
  },
  {
    since: 16,
    what: 'subscriptions with origin, password_required, run_as_owner or parallel streaming',
    sql: subscriptions(
      `(s.suborigin <> 'any' OR NOT s.subpasswordrequired OR s.subrunasowner OR s.substream::text = 'p')`,
    ),
  },
  { since: 17, what: 'subscriptions with failover', sql: subscriptions('s.subfailover') },
  { since: 16, what: 'collations with ICU rules', sql: collations('l.collicurules IS NOT NULL') },
  { since: 17, what: 'collations of the built-in provider', sql: collations(`l.collprovider = 'b'`) },
  {
    since: 17,
    what: 'identity columns of partitions',
    sql: columns(`c.relispartition AND a.attidentity <> ''`),
  },
  {
    since: 17,
    what: 'exclusion constraints of partitioned tables',
    sql: constraints(`k.contype = 'x' AND c.relkind = 'p'`),
  },
  {
    since: 17,
    what: 'access methods of partitioned tables',
    sql: relations(`c.relkind = 'p' AND c.relam <> 0`),
  },
  {
    since: 17,
    what: 'event triggers on login',
    sql: `SELECT 'pg_event_trigger:' || e.oid, NULL, e.evtname::text FROM pg_catalog.pg_event_trigger AS e
      WHERE e.evtevent = 'login'`,
  },
  { since: 18, what: 'virtual generated columns', sql: columns(`a.attgenerated = 'v'`) },
  {
    since: 18,
    what: 'keys over periods',
    sql: constraints('k.conperiod AND k.conparentid = 0'),
  },
  { since: 18, what: 'constraints that are NOT ENFORCED', sql: constraints('NOT k.conenforced') },
  {
    since: 18,
    what: 'NOT NULL constraints that are NO INHERIT, NOT VALID or of an inherited column',
    sql: constraints(`k.contype = 'n' AND (k.connoinherit OR NOT k.convalidated
      OR k.conislocal AND NOT c.relispartition AND EXISTS (${columnOfNotNull} AND NOT a.attislocal))`),
  },
  {
    since: 18,
    what: 'foreign keys of partitioned tables that are NOT VALID',
    sql: constraints(`k.contype = 'f' AND c.relkind = 'p' AND NOT k.convalidated AND k.conenforced`),
  },
  {
    since: 18,
    what: 'comments on NOT NULL constraints',
    sql: constraints(`k.contype = 'n' AND EXISTS (SELECT FROM pg_catalog.pg_description AS d
      WHERE d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid)`),
  },
  {
    since: 18,
    what: 'publications of generated columns',
    sql: publications(`p.pubgencols <> 'n'`),
  },
  {
    since: 18,
    what: 'default privileges of large objects',
    isPrivilege: true,
    sql: `SELECT 'pg_default_acl:' || d.oid, NULL, pg_catalog.pg_get_userbyid(d.defaclrole)::text
      FROM pg_catalog.pg_default_acl AS d WHERE d.defaclobjtype = 'L'`,
  },
];
