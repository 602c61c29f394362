-- Extended statistics on expressions.
CREATE SCHEMA s;
CREATE TABLE s.t (a integer, b integer, c text);
CREATE FUNCTION s.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE STATISTICS s.one ON (a + b) FROM s.t;
CREATE STATISTICS s.mixed (ndistinct, mcv) ON a, lower(c), (s.twice(b) + 1), (c COLLATE "C"), (c IN ('x', 'y')) FROM s.t;
ALTER STATISTICS s.mixed SET STATISTICS 100;
COMMENT ON STATISTICS s.one IS 'of one expression';
