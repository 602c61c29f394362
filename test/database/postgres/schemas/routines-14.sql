-- Bodies in standard SQL that need themselves, and what comes late.
CREATE SCHEMA a;
CREATE FUNCTION a.is_odd(i integer) RETURNS boolean IMMUTABLE STRICT RETURN i % 2 = 1;
CREATE FUNCTION a.is_even(i integer) RETURNS boolean IMMUTABLE RETURN NOT a.is_odd(i);
CREATE OR REPLACE FUNCTION a.is_odd(i integer) RETURNS boolean IMMUTABLE STRICT RETURN CASE WHEN i > 1 THEN a.is_odd(i - 2) ELSE i = 1 END;
CREATE TABLE a.entry (id integer PRIMARY KEY, up integer REFERENCES a.entry, name text DEFAULT a.is_odd(3)::text UNIQUE, CHECK (a.is_even(id)));
CREATE PROCEDURE a.procedure(IN x a.entry, OUT y integer) BEGIN ATOMIC SELECT 1 WHERE a.is_odd(x.id); END;
COMMENT ON FUNCTION a.is_even(integer) IS 'even';
REVOKE ALL ON FUNCTION a.is_even(integer) FROM PUBLIC;
-- A body that a unique index, a view, a materialized view and a rule's view come before
CREATE MATERIALIZED VIEW a.counted AS SELECT count(*) FROM a.entry;
CREATE VIEW a.named AS SELECT id, name FROM a.entry GROUP BY id;
CREATE PROCEDURE a.late() BEGIN ATOMIC
  INSERT INTO a.entry (name) VALUES ('x') ON CONFLICT ON CONSTRAINT entry_name_key DO UPDATE SET name = excluded.name;
  SELECT e.id, e.name, count(*) FROM a.entry e, a.named, a.counted WHERE a.is_odd(e.id) GROUP BY e.id;
END;
CREATE FUNCTION a.on_view(x integer DEFAULT 1) RETURNS SETOF a.named BEGIN ATOMIC SELECT * FROM a.named n WHERE n.id = x; END;
CREATE OR REPLACE VIEW a.named AS SELECT id, name FROM a.entry e WHERE EXISTS (SELECT FROM a.on_view(e.id)) GROUP BY id;
CREATE DOMAIN a.even AS integer;
CREATE FUNCTION a.evens() RETURNS a.even[] RETURN NULL::a.even[];
ALTER DOMAIN a.even ADD CHECK (a.is_even(VALUE) OR a.evens() IS NULL);
ALTER DOMAIN a.even ADD CONSTRAINT later CHECK (a.is_odd(VALUE) OR a.evens() IS NOT NULL) NOT VALID;
ALTER DOMAIN a.even SET DEFAULT cardinality(a.evens());
CREATE TYPE a.pairs AS (a a.even, b a.entry[]);
