-- What version 16 brought to queries, expressions and columns.
CREATE SCHEMA x;
CREATE TABLE x.t (id integer PRIMARY KEY, j jsonb, a text STORAGE EXTERNAL COMPRESSION pglz, b text STORAGE main NOT NULL,
  built json DEFAULT JSON_OBJECT('a': 1, 'b': NULL ABSENT ON NULL WITH UNIQUE KEYS),
  CHECK (a IS JSON), CHECK (b IS NOT JSON ARRAY WITH UNIQUE KEYS OR j IS JSON SCALAR), n integer DEFAULT 0x1F, big bigint DEFAULT 1_000_000, octal integer DEFAULT 0o17);
CREATE INDEX ON x.t (id) WHERE a IS JSON OBJECT;
CREATE VIEW x.objects AS SELECT JSON_OBJECT() AS a, JSON_OBJECT('k' VALUE id, 'l': j NULL ON NULL) AS b,
  JSON_OBJECT('a': b FORMAT JSON RETURNING bytea FORMAT JSON ENCODING UTF8) AS c, JSON_OBJECT('a': 1 WITHOUT UNIQUE KEYS RETURNING jsonb) AS d,
  JSON_ARRAY() AS e, JSON_ARRAY(1, 'x', j NULL ON NULL) AS f, JSON_ARRAY(1, NULL ABSENT ON NULL RETURNING text) AS g,
  JSON_ARRAY(b FORMAT JSON RETURNING varchar(20)) AS h, JSON_OBJECT('a': 1 RETURNING jsonb) ->> 'a' AS i FROM x.t;
CREATE VIEW x.arrays AS SELECT JSON_ARRAY(SELECT id FROM x.t ORDER BY id RETURNING jsonb) AS a;
CREATE VIEW x.aggregated AS SELECT JSON_ARRAYAGG(a ORDER BY id DESC NULL ON NULL RETURNING jsonb) FILTER (WHERE id > 0) AS a,
  JSON_OBJECTAGG(id: a ABSENT ON NULL WITH UNIQUE KEYS) AS b, JSON_OBJECTAGG(a VALUE j RETURNING jsonb) AS c,
  JSON_ARRAYAGG(a FORMAT JSON RETURNING text) AS d, any_value(b) FILTER (WHERE id > 1) AS e FROM x.t;
CREATE VIEW x.windowed AS SELECT JSON_ARRAYAGG(id) OVER (PARTITION BY a) AS a, JSON_OBJECTAGG(id: b) OVER w AS b, any_value(a) OVER w AS c
  FROM x.t WINDOW w AS (ORDER BY id);
CREATE VIEW x.predicates AS SELECT a IS JSON AS a, a IS JSON VALUE WITH UNIQUE KEYS AS b, a IS NOT JSON OBJECT WITHOUT UNIQUE KEYS AS c, j IS JSON ARRAY AS d,
  b IS JSON SCALAR AS e, a::bytea IS JSON AS f FROM x.t;
CREATE VIEW x.unnamed AS SELECT one, two FROM (SELECT 1 AS one), (SELECT 2 AS two), (VALUES (1, 2)) ORDER BY column1;
CREATE VIEW x.unnamed_too AS SELECT * FROM (SELECT id FROM x.t) JOIN (SELECT id AS other FROM x.t) ON id = other;
CREATE VIEW x.several AS SELECT xmlserialize(CONTENT '<a><b/></a>'::xml AS text INDENT) AS a, xmlserialize(DOCUMENT '<a/>'::xml AS text NO INDENT) AS b,
  date_add(now(), '1 day', 'UTC') AS c, system_user AS d, array_shuffle(ARRAY[1]) AS e, random_normal() AS f, erf(0) AS g, 0b101 + 1_0 AS h,
  pg_input_is_valid('1', 'integer') AS i, jsonb_path_query(j, '$.a ? (@ > 0x1F)') AS k, 1_000.5 AS l FROM x.t;
CREATE STATISTICS ON id, b FROM x.t;
CREATE STATISTICS (mcv) ON (id + 1), a FROM x.t;
CREATE FUNCTION x.returns_json(a text DEFAULT JSON_ARRAY(1)::text) RETURNS jsonb RETURN JSON_OBJECT('a': a, 'b': JSON_ARRAY(a) RETURNING jsonb);
CREATE TABLE x.generated (a integer, j json GENERATED ALWAYS AS (JSON_OBJECT('a': a)) STORED);
CREATE POLICY only_json ON x.t USING (a IS JSON) WITH CHECK (JSON_ARRAY(a) IS NOT NULL);
CREATE TABLE x.like_it (LIKE x.t INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING STATISTICS);
