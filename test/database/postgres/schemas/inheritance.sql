-- Tables whose parents got columns after the tables were made, and columns in an order that INHERITS does not give.
DO $do$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader; END IF;
END
$do$;
CREATE SCHEMA i;
CREATE TYPE i.mood AS ENUM ('sad', 'ok');
CREATE FUNCTION i.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';

-- A log that is cut by inheritance: a column came when some children were there.
CREATE TABLE i.log (id serial, at date NOT NULL);
CREATE TABLE i.log_1 (CHECK (at < '2020-01-01'), note text) INHERITS (i.log);
CREATE TABLE i.log_2 (note text, CHECK (at >= '2020-01-01')) INHERITS (i.log);
ALTER TABLE i.log ADD COLUMN "Odd ""level" varchar(20) COLLATE "C" NOT NULL DEFAULT 'it''s';
ALTER TABLE i.log ADD COLUMN mood i.mood DEFAULT 'ok', ADD COLUMN big bigint CHECK (big > 0);
CREATE TABLE i.log_3 (note text) INHERITS (i.log);
ALTER TABLE i.log_2 ADD COLUMN own integer DEFAULT 5;
ALTER TABLE i.log ADD COLUMN doubled integer GENERATED ALWAYS AS (i.twice(id)) STORED;
ALTER TABLE i.log_1 ALTER mood DROP DEFAULT, ALTER big SET DEFAULT 7, ALTER "Odd ""level" SET STATISTICS 50;
ALTER TABLE i.log ALTER "Odd ""level" SET STORAGE EXTERNAL, ALTER big SET (n_distinct = 3);
ALTER TABLE i.log_2 ADD CONSTRAINT of_late CHECK (big < 1000 OR own > 1);
ALTER TABLE i.log ADD CONSTRAINT unchecked CHECK (big <> 5) NOT VALID;
COMMENT ON COLUMN i.log_1.mood IS 'late';
COMMENT ON COLUMN i.log.big IS 'late at the root';
COMMENT ON CONSTRAINT of_late ON i.log_2 IS 'of a late column';
GRANT SELECT (mood), UPDATE (note) ON i.log_1 TO reader;
CREATE INDEX ON i.log_1 (big, mood);
CREATE UNIQUE INDEX log_2_own ON i.log_2 (own) WHERE mood = 'ok';
CREATE VIEW i.moods AS SELECT at, mood, note FROM i.log_1 WHERE big IS NULL;
CREATE FUNCTION i.of_log(i.log_1) RETURNS i.mood LANGUAGE sql AS 'SELECT $1.mood';
CREATE TABLE i.on_log (entry i.log_1, CHECK ((entry).mood IS NOT NULL));
INSERT INTO i.log_1 (at, note, big) VALUES ('2019-01-01', 'one', 1);
INSERT INTO i.log_2 (at, note, "Odd ""level") VALUES ('2021-01-01', 'two', 'x');
INSERT INTO i.log_3 (at, note, mood) VALUES ('2022-01-01', 'three', 'sad');

-- Grandchildren, and a diamond.
CREATE TABLE i.top (a integer);
CREATE TABLE i.left_side (l integer) INHERITS (i.top);
CREATE TABLE i.right_side (r integer) INHERITS (i.top);
CREATE TABLE i.bottom (b integer) INHERITS (i.left_side, i.right_side);
ALTER TABLE i.top ADD COLUMN late integer NOT NULL DEFAULT 1;
CREATE TABLE i.after (b integer) INHERITS (i.right_side);
ALTER TABLE i.right_side ADD COLUMN later integer;
ALTER TABLE i.bottom ADD COLUMN last integer;
ALTER TABLE i.top ADD COLUMN latest text;
INSERT INTO i.bottom VALUES (1, 2, 3, 4, 5, 6, 7, 'x');

-- Columns that were there before the parent's, in another order and with other attributes.
CREATE TABLE i.given (a integer, b integer DEFAULT 2, c text);
CREATE TABLE i.taker (c text COLLATE "default", x integer, a integer DEFAULT 9, b integer);
ALTER TABLE i.taker INHERIT i.given;
ALTER TABLE i.given ADD COLUMN d integer;
ALTER TABLE i.taker ADD COLUMN e integer;
ALTER TABLE i.given ADD COLUMN e integer DEFAULT 3;
CREATE TABLE i.of_two (z integer) INHERITS (i.given, i.top);
ALTER TABLE i.given ADD COLUMN f integer;
ALTER TABLE i.top DROP COLUMN a;
ALTER TABLE i.given DROP COLUMN c;
ALTER TABLE i.top ADD COLUMN a integer;
INSERT INTO i.taker (c, x, a, b, d, e, f) VALUES ('c', 1, 2, 3, 4, 5, 6);

-- A child that was left by its parent and came back, and one whose parents hold the same column.
CREATE TABLE i.first (id integer, name text);
CREATE TABLE i.second (name text, id integer);
CREATE TABLE i.both (own integer) INHERITS (i.first, i.second);
CREATE TABLE i.back (own integer) INHERITS (i.first);
ALTER TABLE i.back NO INHERIT i.first;
ALTER TABLE i.first ADD COLUMN shared integer;
ALTER TABLE i.back ADD COLUMN shared integer;
ALTER TABLE i.back INHERIT i.first;
ALTER TABLE i.second ADD COLUMN shared integer;
ALTER TABLE i.first ADD COLUMN more integer CHECK (more > 0);
INSERT INTO i.both VALUES (1, 'x', 2, 3, 4);

-- A table of all names that a row type and a default go round with.
CREATE TABLE i.loop (a integer);
CREATE TABLE i.looped (b integer) INHERITS (i.loop);
ALTER TABLE i.loop ADD COLUMN c integer;
CREATE FUNCTION i.of_loop(i.looped) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
ALTER TABLE i.looped ADD CONSTRAINT whole CHECK (i.of_loop(looped));
CREATE FUNCTION i.next_loop() RETURNS integer LANGUAGE sql AS 'SELECT max(c) FROM i.loop';
ALTER TABLE i.loop ALTER c SET DEFAULT i.next_loop();
