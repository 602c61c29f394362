-- What version 14 brought to queries and expressions.
CREATE SCHEMA x;
CREATE TABLE x.t (id integer PRIMARY KEY, j jsonb DEFAULT ('{"a": 1}'::jsonb)['a'], at timestamptz, n numeric DEFAULT 'Infinity', b bytea,
  CHECK (j['a'] IS NOT NULL), CHECK (n < '-Infinity'::numeric OR n IS NOT NULL));
CREATE TABLE x.u (id integer, other integer);
CREATE INDEX ON x.t ((j['a']['b']));
CREATE VIEW x.subscripted AS SELECT j['a'] AS a, j['b'][0] AS b, (j || '{}')['c'] AS c FROM x.t;
CREATE VIEW x.distinct_groups AS SELECT id, other, count(*) AS n FROM x.u GROUP BY DISTINCT ROLLUP (id, other), ROLLUP (id);
CREATE VIEW x.all_groups AS SELECT id, other FROM x.u GROUP BY ALL CUBE (id, other);
CREATE VIEW x.joined AS SELECT both_of.id, t.j FROM x.t JOIN x.u USING (id) AS both_of WHERE both_of.id > 0;
CREATE VIEW x.binned AS SELECT date_bin('15 minutes', at, timestamptz '2001-01-01') AS at, bit_count(b) AS bits,
  trim_array(ARRAY[1, 2], 1) AS trimmed, unistr('\0041') AS a, split_part('a,b', ',', -1) AS last, bit_xor(id) OVER () AS x,
  ltrim(b, '\x00') AS left_trimmed, extract(epoch FROM at) AS epoch, substring('abc' SIMILAR 'a#"b#"c' ESCAPE '#') AS similar,
  string_to_table('a,b', ',') AS parts, trim(BOTH '\x00' FROM b) AS trimmed_bytes FROM x.t;
CREATE VIEW x.breadth AS
  WITH RECURSIVE walk(id, other) AS (SELECT id, other FROM x.u UNION ALL SELECT u.id, u.other FROM x.u JOIN walk w ON u.id = w.other)
    SEARCH BREADTH FIRST BY id, other SET "Odd ""order" CYCLE id, other SET looped TO 'yes' DEFAULT 'no' USING path
  SELECT id, looped FROM walk ORDER BY "Odd ""order";
CREATE MATERIALIZED VIEW x.stored AS SELECT id, looped FROM x.breadth WHERE looped = 'no';
CREATE VIEW x.spans AS SELECT '{[1,3),[5,7)}'::int4multirange AS a, multirange(int4range(1, 2)) AS b, unnest('{[1,2)}'::int4multirange) AS c,
  lower('{[2020-01-01,2020-02-01)}'::datemultirange) IS NULL AS d, nummultirange() AS e, range_intersect_agg('{[1,2)}'::int4multirange) AS f,
  '{[1,3)}'::int4multirange && '[2,4)'::int4range AS g;
CREATE FUNCTION x.compatible(anycompatiblerange, anycompatiblemultirange) RETURNS anycompatible LANGUAGE sql AS 'SELECT lower($1)';
CREATE FUNCTION x.poly(anymultirange) RETURNS anyrange LANGUAGE sql AS 'SELECT range_merge($1)';
CREATE FUNCTION x.of_parts(at timestamptz DEFAULT date_bin('1 day', now(), 'epoch'), OUT x integer, OUT y text)
  BEGIN ATOMIC SELECT extract(year FROM at)::integer, to_char(at, 'TZH'); END;
CREATE FUNCTION x.changes(a integer, VARIADIC b integer[]) RETURNS TABLE (id integer, other integer) BEGIN ATOMIC
  INSERT INTO x.u SELECT a, unnest(b) ON CONFLICT DO NOTHING;
  WITH gone AS (DELETE FROM x.u WHERE u.id = a RETURNING u.id) UPDATE x.u SET (id, other) = (SELECT 1, 2) FROM gone WHERE u.id = gone.id;
  SELECT * FROM x.u WHERE (u.id, u.other) IN (SELECT a, a) FOR UPDATE;
END;
CREATE PROCEDURE x.out_first(OUT a integer, INOUT b text DEFAULT 'x', VARIADIC c text[] DEFAULT '{}') LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
CREATE PROCEDURE x.out_first(a text) LANGUAGE sql AS '';
COMMENT ON PROCEDURE x.out_first(OUT integer, text, text[]) IS 'with OUT';
CREATE TRIGGER on_each AFTER INSERT ON x.u FOR EACH ROW WHEN ((jsonb_build_object('a', NEW.id))['a'] IS NOT NULL)
  EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE on_insert AS ON INSERT TO x.u WHERE NEW.id = 7 DO ALSO UPDATE x.t SET j['changed']['deeply'] = to_jsonb(NEW.id) WHERE t.id = NEW.other;
ALTER TABLE x.t SET (vacuum_index_cleanup = auto);
CREATE TABLE x.typed (a integer) WITH (vacuum_index_cleanup = auto, toast.vacuum_index_cleanup = off);
CREATE INDEX ON x.t USING gist (point(id, id)) INCLUDE (id);
CREATE TABLE x.point (p point, id integer);
CREATE INDEX ON x.point USING spgist (p) INCLUDE (id);
