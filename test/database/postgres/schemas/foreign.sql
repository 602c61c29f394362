-- Foreign data: wrappers without code behind them, so that every server has them.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['foreign_owner', 'foreign "user', 'foreign_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;

CREATE SCHEMA far AUTHORIZATION foreign_owner;
CREATE FOREIGN DATA WRAPPER bare;
CREATE FOREIGN DATA WRAPPER "Odd ""wrapper;
--" VALIDATOR postgresql_fdw_validator;
CREATE FOREIGN DATA WRAPPER with_options OPTIONS (debug 'true', "Odd ""name" 'it''s \ "quoted"', empty '', many E'a\nb=c');
COMMENT ON FOREIGN DATA WRAPPER "Odd ""wrapper;
--" IS 'a wrapper''s comment';
GRANT USAGE ON FOREIGN DATA WRAPPER bare TO foreign_owner WITH GRANT OPTION;
SET SESSION AUTHORIZATION foreign_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER bare TO foreign_reader;
RESET SESSION AUTHORIZATION;

CREATE SERVER plain FOREIGN DATA WRAPPER bare;
CREATE SERVER "Odd ""server" TYPE 'it''s a \type' VERSION '' FOREIGN DATA WRAPPER "Odd ""wrapper;
--" OPTIONS (host 'db.example', dbname 'it''s', port '5433');
CREATE SERVER owned TYPE 'oracle' VERSION '1.2' FOREIGN DATA WRAPPER bare OPTIONS (secret E'back\\slash');
ALTER SERVER owned OWNER TO foreign_owner;
COMMENT ON SERVER "Odd ""server" IS 'a server';
GRANT USAGE ON FOREIGN SERVER plain TO PUBLIC;
GRANT USAGE ON FOREIGN SERVER owned TO foreign_reader WITH GRANT OPTION;
REVOKE ALL ON FOREIGN SERVER owned FROM foreign_owner;

CREATE USER MAPPING FOR PUBLIC SERVER "Odd ""server";
CREATE USER MAPPING FOR CURRENT_USER SERVER "Odd ""server" OPTIONS (user 'remote', password E'p''a"s\\s\nword');
CREATE USER MAPPING FOR "foreign ""user" SERVER plain OPTIONS ("pass word" '', user 'x');
CREATE USER MAPPING FOR PUBLIC SERVER owned OPTIONS (password 'public one');

-- Columns
CREATE DOMAIN far.short AS varchar(20);
CREATE FUNCTION far.positive(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE FUNCTION far.on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FOREIGN TABLE far.nothing () SERVER plain;
CREATE FOREIGN TABLE far.columns (
  id integer OPTIONS (column_name 'ID "quoted"', key 'it''s') NOT NULL,
  name text OPTIONS (x '') COLLATE "C" DEFAULT 'it''s',
  short far.short DEFAULT 'x',
  dropped integer,
  tags text[] DEFAULT ARRAY['a', 'b'],
  twice integer GENERATED ALWAYS AS (id * 2) STORED,
  "Odd ""column" numeric(10, 2) OPTIONS ("Odd ""option" 'y'),
  number serial,
  always bigint GENERATED ALWAYS AS IDENTITY (START WITH 5),
  CONSTRAINT positive CHECK (far.positive(id)),
  CONSTRAINT local_only CHECK (number > 0) NO INHERIT
) SERVER plain OPTIONS (schema_name 'public', table_name 'it''s "quoted"', "Odd ""option" E'\\');
ALTER FOREIGN TABLE far.columns DROP COLUMN dropped;
ALTER FOREIGN TABLE far.columns ADD CONSTRAINT unproven CHECK (name <> '') NOT VALID;
ALTER FOREIGN TABLE far.columns ALTER name SET STATISTICS 123, ALTER name SET STORAGE EXTERNAL, ALTER id SET (n_distinct = 7);
ALTER FOREIGN TABLE far.columns OWNER TO foreign_owner;
COMMENT ON FOREIGN TABLE far.columns IS 'a foreign table';
COMMENT ON COLUMN far.columns.name IS 'a column of one';
COMMENT ON CONSTRAINT positive ON far.columns IS 'a check of one';
GRANT SELECT, INSERT ON far.columns TO foreign_reader WITH GRANT OPTION;
GRANT UPDATE (name), REFERENCES ("Odd ""column") ON far.columns TO foreign_reader;
SET SESSION AUTHORIZATION foreign_owner;
GRANT SELECT (id) ON far.columns TO PUBLIC;
RESET SESSION AUTHORIZATION;

CREATE TRIGGER on_row BEFORE INSERT OR UPDATE OF name ON far.columns FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION far.on_row();
CREATE TRIGGER on_statement AFTER DELETE ON far.columns FOR EACH STATEMENT EXECUTE FUNCTION far.on_row();
ALTER FOREIGN TABLE far.columns DISABLE TRIGGER on_statement;
COMMENT ON TRIGGER on_row ON far.columns IS 'a trigger on one';
CREATE STATISTICS far.together ON id, name FROM far.columns;

-- Views and functions on them, and a type of their rows
CREATE VIEW far.viewed AS SELECT id, name FROM far.columns WHERE far.positive(id);
CREATE FUNCTION far.of_row(far.columns) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.id';
CREATE MATERIALIZED VIEW far.stored AS SELECT id FROM far.columns WITH NO DATA;

-- Inheritance: foreign below local, local below foreign, foreign below foreign
CREATE TABLE far.parent (a integer NOT NULL, b text DEFAULT 'parent', CONSTRAINT a_positive CHECK (a > 0));
CREATE FOREIGN TABLE far.child (c integer OPTIONS (x 'y')) INHERITS (far.parent) SERVER plain OPTIONS (t 'child');
ALTER FOREIGN TABLE far.child ALTER b OPTIONS (ADD column_name 'B', ADD other 'o'), ALTER b SET DEFAULT 'child', ALTER b SET STATISTICS 5;
CREATE FOREIGN TABLE far.grandchild (a integer OPTIONS (own 'yes'), d integer) INHERITS (far.child) SERVER owned;
CREATE TABLE far.local_child (e integer) INHERITS (far.child);
INSERT INTO far.parent VALUES (1, 'x');
INSERT INTO far.local_child VALUES (2, 'y', 3, 4);

-- Partitions
CREATE TABLE far.parts (id integer NOT NULL, kind text NOT NULL, note text DEFAULT 'n', CONSTRAINT id_positive CHECK (id > 0)) PARTITION BY LIST (kind);
CREATE TABLE far.part_local PARTITION OF far.parts FOR VALUES IN ('local');
CREATE FOREIGN TABLE far.part_remote PARTITION OF far.parts (note DEFAULT 'remote') FOR VALUES IN ('remote', 'it''s') SERVER plain OPTIONS (table_name 'p');
CREATE FOREIGN TABLE far.part_attached (note text OPTIONS (x 'y'), kind text NOT NULL, id integer NOT NULL, CONSTRAINT id_positive CHECK (id > 0)) SERVER owned;
ALTER TABLE far.parts ATTACH PARTITION far.part_attached DEFAULT;
CREATE INDEX parts_by_note ON far.parts (note);
CREATE TRIGGER on_parts AFTER INSERT ON far.parts FOR EACH ROW EXECUTE FUNCTION far.on_row();
ALTER FOREIGN TABLE far.part_remote DISABLE TRIGGER on_parts;
INSERT INTO far.parts VALUES (1, 'local', 'kept');
