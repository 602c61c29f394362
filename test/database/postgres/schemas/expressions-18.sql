-- What version 18 brought to queries, expressions and columns.
CREATE SCHEMA x;
CREATE FUNCTION x.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE x.t (id uuid DEFAULT uuidv7() PRIMARY KEY, other uuid DEFAULT uuidv7(interval '-1 hour'), four uuid DEFAULT uuidv4(), a text, n integer,
  lowered text GENERATED ALWAYS AS (casefold(a)), doubled integer GENERATED ALWAYS AS (n * 2) VIRTUAL NOT NULL, "Odd ""tripled" integer GENERATED ALWAYS AS (n * 3) STORED,
  CHECK (doubled > 0), CHECK (n > 0) NO INHERIT NOT ENFORCED);
INSERT INTO x.t (a, n) VALUES ('Straße', 3);
CREATE TABLE x.heir (n integer, own integer GENERATED ALWAYS AS (n + 1) VIRTUAL) INHERITS (x.t);
CREATE VIEW x.virtual AS SELECT t.lowered, t.doubled, h.own FROM x.t JOIN x.heir h USING (n);
CREATE FUNCTION x.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER on_insert AFTER INSERT ON x.t FOR EACH ROW WHEN (NEW.doubled > 5) EXECUTE FUNCTION x.on_change();
CREATE POLICY on_virtual ON x.t USING (doubled > 0);
CREATE FUNCTION x.changed(wanted integer) RETURNS TABLE (before integer, after integer) BEGIN ATOMIC
  WITH updated AS (UPDATE x.t SET n = wanted RETURNING old.n AS was, new.n AS became, old.lowered)
  SELECT was, became FROM updated;
END;
CREATE FUNCTION x.removed() RETURNS SETOF x.t BEGIN ATOMIC DELETE FROM x.t RETURNING old.*; END;
CREATE FUNCTION x.added() RETURNS SETOF integer BEGIN ATOMIC
  INSERT INTO x.t AS "Odd ""t" (n) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = excluded.n RETURNING WITH (OLD AS o, NEW AS "Odd ""n") coalesce(o.n, "Odd ""n".n);
END;
CREATE FUNCTION x.merged() RETURNS SETOF text BEGIN ATOMIC
  MERGE INTO x.t USING (VALUES (1)) AS v (n) ON t.n = v.n WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (n) VALUES (v.n)
    RETURNING WITH (OLD AS before) merge_action() || before.n || new.n;
END;
CREATE VIEW x.writable AS SELECT id, n FROM x.t;
CREATE RULE writes AS ON UPDATE TO x.writable DO INSTEAD UPDATE x.t SET n = NEW.n WHERE t.id = OLD.id RETURNING t.id, t.n;
CREATE VIEW x.several AS SELECT array_sort(ARRAY[2, 1], true) AS a, array_reverse(ARRAY[1]) AS b, crc32('\x01') AS c, crc32c('a'::bytea) AS d, gamma(2) AS e, lgamma(3) AS f,
  json_strip_nulls('{}', true) AS g, reverse('\x0102'::bytea) AS h, 5::bytea AS i, '\x05'::bytea::integer AS k, (min(t) OVER ()) IS NULL AS l, max('\x01'::bytea) OVER () AS m,
  to_number('IX', 'RN') AS n, casefold('ß' COLLATE pg_unicode_fast) AS o FROM x.t;
CREATE COLLATION x.fast (PROVIDER = builtin, LOCALE = 'PG_UNICODE_FAST');
CREATE COLLATION x.alike (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE TABLE x.liked (a text COLLATE x.alike CHECK (a LIKE 'a_%'), b text COLLATE x.fast);
CREATE VIEW x.likes AS SELECT a LIKE '%x' COLLATE x.alike AS a FROM x.liked WHERE a NOT LIKE 'b%';
CREATE TABLE x.tuned (a integer, b text) WITH (autovacuum_vacuum_max_threshold = 1000, vacuum_max_eager_freeze_failure_rate = 0.1, vacuum_truncate = off, toast.vacuum_truncate = on);
-- Constraints: names of NOT NULL, over periods, not enforced, not valid, and changed afterwards.
CREATE TABLE x.base (a integer CONSTRAINT "Odd ""given" NOT NULL, b integer CONSTRAINT b_alone NOT NULL NO INHERIT, c integer CONSTRAINT c_given NOT NULL);
CREATE TABLE x.leaf () INHERITS (x.base);
CREATE TABLE x.leaf_own (a integer CONSTRAINT "Odd ""given" NOT NULL, c integer NOT NULL) INHERITS (x.base);
ALTER TABLE x.base ALTER CONSTRAINT b_alone INHERIT;
ALTER TABLE x.base ALTER CONSTRAINT c_given NO INHERIT;
CREATE TABLE x.late (a integer, b integer);
CREATE TABLE x.late_leaf () INHERITS (x.late);
ALTER TABLE x.late ADD CONSTRAINT a_later NOT NULL a NOT VALID;
ALTER TABLE x.late ADD CONSTRAINT b_later CHECK (b > 0) NOT ENFORCED;
ALTER TABLE x.late ADD CONSTRAINT b_checked CHECK (b < 9) NOT VALID;
CREATE TABLE x.pointed (id integer PRIMARY KEY);
CREATE TABLE x.pointing (id integer REFERENCES x.pointed NOT ENFORCED, other integer CONSTRAINT changed REFERENCES x.pointed ON DELETE CASCADE DEFERRABLE);
ALTER TABLE x.pointing ALTER CONSTRAINT changed NOT ENFORCED;
CREATE TABLE x.pointing_parts (id integer, CONSTRAINT loose FOREIGN KEY (id) REFERENCES x.pointed NOT ENFORCED) PARTITION BY LIST (id);
CREATE TABLE x.pointing_part PARTITION OF x.pointing_parts DEFAULT;
COMMENT ON CONSTRAINT loose ON x.pointing_parts IS 'not enforced';
CREATE TABLE x.parts (a integer CONSTRAINT a_given NOT NULL, b integer, doubled integer GENERATED ALWAYS AS (a * 2)) PARTITION BY LIST (a);
CREATE TABLE x.part (doubled integer GENERATED ALWAYS AS (a * 4), b integer CONSTRAINT own NOT NULL, a integer CONSTRAINT own_name NOT NULL);
ALTER TABLE x.parts ATTACH PARTITION x.part DEFAULT;
ALTER TABLE x.parts ADD CONSTRAINT unenforced CHECK (b > 0) NOT ENFORCED;
CREATE EXTENSION btree_gist;
CREATE TABLE x.stay (room integer, who text, during tstzrange, CONSTRAINT by_room UNIQUE (room, during WITHOUT OVERLAPS) DEFERRABLE,
  CONSTRAINT "Odd ""key" PRIMARY KEY (who, room, during WITHOUT OVERLAPS) INCLUDE (room));
CREATE TABLE x.meal (room integer, at tstzmultirange, PRIMARY KEY (room, at WITHOUT OVERLAPS));
CREATE TABLE x.visit (room integer, at tstzmultirange, CONSTRAINT in_meal FOREIGN KEY (room, PERIOD at) REFERENCES x.meal (room, PERIOD at));
COMMENT ON CONSTRAINT by_room ON x.stay IS 'over periods';
ALTER TABLE x.stay REPLICA IDENTITY USING INDEX "Odd ""key";
