-- Columns, rows and schemas of publications
CREATE SCHEMA app;
CREATE SCHEMA "Odd ""schema";
CREATE FUNCTION app.is_wanted(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 3';
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.people (id int PRIMARY KEY, "Full Name" text, dropped int, mood app.mood, secret text);
ALTER TABLE app.people DROP COLUMN dropped;
CREATE TABLE public.notes (id int PRIMARY KEY, body text);
CREATE TABLE public.parted (id int, word text) PARTITION BY RANGE (id);

CREATE PUBLICATION of_columns FOR TABLE app.people (mood, id, "Full Name"), public.notes;
CREATE PUBLICATION of_rows FOR TABLE app.people WHERE (id > 3 AND "Full Name" <> E'it''s \\' OR NOT id = 0),
  public.notes WHERE (true);
CREATE PUBLICATION of_both FOR TABLE public.parted (id) WHERE (id < 100) WITH (publish_via_partition_root = true);
CREATE PUBLICATION of_schemas FOR TABLES IN SCHEMA app, public, "Odd ""schema";
CREATE PUBLICATION of_schema_and_table FOR TABLES IN SCHEMA app, TABLE public.notes WHERE (id > 1);
COMMENT ON PUBLICATION of_schemas IS 'all of them';
