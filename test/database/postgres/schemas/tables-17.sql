-- Identity columns and exclusion constraints of partitioned tables, MAINTAIN, and names for a domain's NOT NULL.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
CREATE SCHEMA t;
CREATE TABLE t.numbered (id bigint GENERATED ALWAYS AS IDENTITY, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE t.numbered_n PARTITION OF t.numbered FOR VALUES IN ('n');
CREATE TABLE t.numbered_s PARTITION OF t.numbered FOR VALUES IN ('s') PARTITION BY RANGE (id);
CREATE TABLE t.numbered_s_1 PARTITION OF t.numbered_s DEFAULT;
INSERT INTO t.numbered (region) VALUES ('n'), ('s'), ('s');
CREATE TABLE t.booked (room integer, during int4range, EXCLUDE USING gist (during WITH &&, int4range(room, room, '[]') WITH =));
CREATE TABLE t.booked_parts (room int4range, during int4range, EXCLUDE USING gist (room WITH =, during WITH &&) WITH (buffering = on, fillfactor = 80)) PARTITION BY LIST (room);
CREATE TABLE t.booked_part PARTITION OF t.booked_parts DEFAULT;
ALTER TABLE t.booked_part RENAME CONSTRAINT booked_part_room_during_excl TO "Odd 'name'";
ALTER INDEX t."Odd 'name'" RESET (buffering);
ALTER INDEX t."Odd 'name'" SET (fillfactor = 70);
COMMENT ON CONSTRAINT "Odd 'name'" ON t.booked_part IS 'renamed';
CREATE DOMAIN t.given AS text CONSTRAINT is_given NOT NULL CHECK (VALUE <> '');
GRANT MAINTAIN ON t.booked TO reader;
CREATE TABLE t.parent (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);
CREATE TABLE t.child () INHERITS (t.parent);
ALTER TABLE t.child ALTER b SET EXPRESSION AS (a + 9);
