-- Bodies in standard SQL, and what else came with version 14.
CREATE SCHEMA code;
CREATE TABLE code.customer (id integer PRIMARY KEY, name text, country text);
INSERT INTO code.customer VALUES (1, 'a', 'x'), (2, 'b', 'y');

CREATE FUNCTION code.add(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN a + b;
CREATE FUNCTION code.names(wanted text) RETURNS SETOF text BEGIN ATOMIC
  SELECT name FROM code.customer WHERE country = wanted;
  SELECT c.name FROM code.customer c WHERE c.country = wanted AND c.id = ANY (ARRAY[1, 2]) ORDER BY code.add(c.id);
END;
CREATE FUNCTION code.by_key() RETURNS SETOF text BEGIN ATOMIC
  SELECT name || count(*) FROM code.customer GROUP BY id;
END;
CREATE VIEW code.on_by_key AS SELECT * FROM code.by_key();
CREATE PROCEDURE code.insert(IN a integer, OUT b text) BEGIN ATOMIC
  INSERT INTO code.customer VALUES (a, 'new') RETURNING name;
END;
CREATE FUNCTION code.listing(name varchar) RETURNS boolean RETURN name IN ('a', 'b');
CREATE FUNCTION code.recursive(i integer) RETURNS integer RETURN i;
CREATE OR REPLACE FUNCTION code.recursive(i integer) RETURNS integer
  RETURN CASE WHEN i > 0 THEN code.recursive(i - 1) ELSE 0 END;
CREATE FUNCTION code.nothing() RETURNS void BEGIN ATOMIC END;
CREATE FUNCTION code.of_row(code.customer) RETURNS text RETURN $1.name;
ALTER TABLE code.customer ADD CHECK (code.of_row(customer) <> '');
CREATE VIEW code.on_customer AS SELECT code.of_row(c) AS name FROM code.customer c;

CREATE MATERIALIZED VIEW code.compressed AS SELECT repeat(name, 5000) AS long FROM code.customer;
ALTER MATERIALIZED VIEW code.compressed ALTER COLUMN long SET COMPRESSION pglz;

CREATE VIEW code.search AS
  WITH RECURSIVE walk(id) AS (SELECT 1 UNION ALL SELECT c.id FROM code.customer c JOIN walk w ON c.id = w.id + 1)
    SEARCH DEPTH FIRST BY id SET position CYCLE id SET looped USING way
  SELECT id, looped FROM walk;
