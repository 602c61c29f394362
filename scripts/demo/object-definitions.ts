/**
 * Selects (object, definition) for everything in a database that users make and a backup must bring back, described
 * by the server itself. Objects of extensions are left out, the extensions are in.
 */
export const OBJECT_DEFINITIONS = `
WITH ours AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'
), described (object, definition) AS (
  SELECT 'extension ' || extname, extversion FROM pg_catalog.pg_extension
  UNION ALL
  SELECT 'schema ' || nspname, pg_catalog.pg_get_userbyid(nspowner) || ' ' || coalesce(nspacl::text, '')
  FROM pg_catalog.pg_namespace JOIN ours USING (oid, nspname)
  UNION ALL
  SELECT 'relation ' || oid::regclass::text,
         concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, reloptions, relacl,
                   pg_catalog.pg_get_userbyid(relowner), pg_catalog.pg_get_expr(relpartbound, oid),
                   CASE WHEN relkind = 'p' THEN pg_catalog.pg_get_partkeydef(oid) END,
                   CASE WHEN relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(oid) END)
  FROM pg_catalog.pg_class WHERE relnamespace IN (SELECT oid FROM ours) AND relkind <> 'c'
  UNION ALL
  SELECT 'column ' || attrelid::regclass::text || '.' || attname,
         concat_ws(' ', attnum - (SELECT count(*) FROM pg_catalog.pg_attribute gone
                                  WHERE gone.attrelid = a.attrelid AND gone.attisdropped AND gone.attnum < a.attnum),
                   pg_catalog.format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull, attidentity,
                   attgenerated, attstorage, pg_catalog.pg_get_expr(adbin, adrelid))
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = attrelid
  LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE relnamespace IN (SELECT oid FROM ours) AND relkind NOT IN ('i', 'I', 'S') AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT 'sequence ' || seqrelid::regclass::text,
         concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
  FROM pg_catalog.pg_sequence
  UNION ALL
  SELECT 'constraint ' || conname || ' of ' || conrelid::regclass::text || ' ' || contypid::regtype::text,
         pg_catalog.pg_get_constraintdef(oid)
  FROM pg_catalog.pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
  UNION ALL
  SELECT 'index ' || indexrelid::regclass::text, pg_catalog.pg_get_indexdef(indexrelid)
  FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON oid = indexrelid WHERE relnamespace IN (SELECT oid FROM ours)
  UNION ALL
  SELECT 'type ' || oid::regtype::text,
         concat_ws(' ', typtype, typnotnull, typdefault, pg_catalog.format_type(typbasetype, typtypmod),
                   (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum
                    WHERE enumtypid = t.oid),
                   (SELECT rngsubtype::regtype FROM pg_catalog.pg_range WHERE rngtypid = t.oid))
  FROM pg_catalog.pg_type t
  WHERE typnamespace IN (SELECT oid FROM ours)
    AND (typtype IN ('d', 'e', 'r') OR typrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'c'))
  UNION ALL
  SELECT 'function ' || oid::regprocedure::text, pg_catalog.pg_get_functiondef(oid) || coalesce(proacl::text, '')
  FROM pg_catalog.pg_proc p
  WHERE pronamespace IN (SELECT oid FROM ours) AND prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
                    WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
  UNION ALL
  SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass::text, tgenabled::text || pg_catalog.pg_get_triggerdef(oid)
  FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'policy ' || policyname || ' on ' || tablename, concat_ws(' ', permissive, roles, cmd, qual, with_check)
  FROM pg_catalog.pg_policies
  UNION ALL
  SELECT 'comment on ' || described.type || ' ' || described.identity, description
  FROM pg_catalog.pg_description, pg_catalog.pg_identify_object(classoid, objoid, objsubid) AS described
  WHERE described.schema IN (SELECT nspname FROM ours) OR described.type IN ('schema', 'policy')
)
SELECT object, definition FROM described ORDER BY 1, 2`;
