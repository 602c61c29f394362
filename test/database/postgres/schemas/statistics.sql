-- Extended statistics and statistics targets.
DO $do$ BEGIN CREATE ROLE statistician; EXCEPTION WHEN duplicate_object THEN END $do$;
CREATE SCHEMA s;
CREATE SCHEMA "Odd ""statistics";
CREATE TABLE s.t (a integer, b integer, "Odd ""column" text, d date);
INSERT INTO s.t SELECT i % 7, i % 3, 'x' || i, '2020-01-01' FROM generate_series(1, 100) i;
CREATE STATISTICS s.of_all ON a, b FROM s.t;
CREATE STATISTICS "Odd ""statistics"."Odd ""name" (ndistinct) ON d, "Odd ""column", a FROM s.t;
CREATE STATISTICS s.depending (dependencies, mcv) ON a, d FROM s.t;
CREATE STATISTICS s.frequent (mcv) ON a, b, d FROM s.t;
ALTER STATISTICS s.frequent SET STATISTICS 1000;
ALTER STATISTICS s.depending SET STATISTICS 0;
ALTER STATISTICS s.of_all SET STATISTICS 7;
ALTER STATISTICS s.of_all SET STATISTICS -1;
ALTER STATISTICS s.frequent OWNER TO statistician;
COMMENT ON STATISTICS "Odd ""statistics"."Odd ""name" IS E'it''s \\ odd';
-- On everything that takes them, and in another schema than that.
CREATE TABLE s.parted (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE s.parted_1 PARTITION OF s.parted FOR VALUES IN (1);
CREATE STATISTICS s.of_parted ON a, b FROM s.parted;
CREATE STATISTICS s.of_partition ON a, b FROM s.parted_1;
CREATE MATERIALIZED VIEW s.stored AS SELECT a, count(*) AS n FROM s.t GROUP BY a;
CREATE STATISTICS "Odd ""statistics".of_stored (dependencies) ON a, n FROM s.stored;
CREATE FOREIGN DATA WRAPPER statistics_wrapper;
CREATE SERVER statistics_server FOREIGN DATA WRAPPER statistics_wrapper;
CREATE FOREIGN TABLE s.far (a integer, b integer) SERVER statistics_server;
CREATE STATISTICS s.of_far ON a, b FROM s.far;
ANALYZE s.t;

CREATE INDEX expressed ON s.t (a, (b + 1), lower("Odd ""column"), (d + 1)) WHERE a > 0;
ALTER INDEX s.expressed ALTER COLUMN 2 SET STATISTICS 10000;
ALTER INDEX s.expressed ALTER COLUMN 3 SET STATISTICS 0;
ALTER INDEX s.expressed ALTER COLUMN 4 SET STATISTICS 5;
ALTER INDEX s.expressed ALTER COLUMN 4 SET STATISTICS -1;
CREATE INDEX on_parted ON s.parted ((a + b));
ALTER INDEX s.on_parted ALTER COLUMN 1 SET STATISTICS 50;
