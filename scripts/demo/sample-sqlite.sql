-- The database of a harbour, as SQLite has it.
PRAGMA application_id = 1214342482;
PRAGMA user_version = 7;
PRAGMA journal_mode = WAL;
BEGIN;

CREATE TABLE customers (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL COLLATE NOCASE,
  email text NOT NULL UNIQUE CHECK (email LIKE '%@%'),
  settings text NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
  language text GENERATED ALWAYS AS (settings ->> 'language') VIRTUAL
) STRICT;
CREATE INDEX customers_language ON customers (language) WHERE language IS NOT NULL;

CREATE TABLE vessels (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
  name text NOT NULL,
  length_m real NOT NULL,
  flag blob
);
CREATE INDEX vessels_by_name ON vessels (lower(name));

CREATE TABLE berths (pier text, number integer, nightly_rate numeric DEFAULT 12.50, PRIMARY KEY (pier, number)) WITHOUT ROWID;

CREATE TABLE bookings (
  id integer PRIMARY KEY,
  vessel_id integer NOT NULL REFERENCES vessels,
  pier text NOT NULL,
  number integer NOT NULL,
  begins text NOT NULL,
  nights integer NOT NULL,
  FOREIGN KEY (pier, number) REFERENCES berths
);

CREATE TABLE documents (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  path text NOT NULL UNIQUE,
  bytes integer NOT NULL,
  sha256 blob NOT NULL
);

CREATE TABLE messages (id integer PRIMARY KEY, customer_id integer REFERENCES customers, body text NOT NULL);
CREATE VIRTUAL TABLE messages_search USING fts5 (body, content = 'messages', content_rowid = 'id');
CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
  INSERT INTO messages_search (rowid, body) VALUES (new.id, new.body);
END;
CREATE VIRTUAL TABLE places USING rtree (id, west, east, south, north);

CREATE VIEW guests AS
  SELECT customers.name, vessels.name AS vessel, bookings.begins, bookings.nights
  FROM bookings JOIN vessels ON vessels.id = vessel_id JOIN customers ON customers.id = customer_id;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO customers (name, email, settings)
SELECT 'Zoë Ångström ' || i || ' 😀', 'guest' || i || '@harbour.example',
       json_object('language', substr('dedafrpl', 1 + 2 * (i % 4), 2), 'newsletter', i % 3 = 0)
FROM n;

INSERT INTO vessels (customer_id, name, length_m, flag)
SELECT id, 'Vessel ' || id || char(10) || '"née" O''Brien', 6 + id * 0.1, zeroblob(id % 5) FROM customers;

WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
INSERT INTO berths SELECT char(65 + i / 40), i % 40, 10 + i / 8.0 FROM n;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO bookings
SELECT i, 1 + i % 600, char(65 + i % 3), i % 40, date('2020-01-01', (i % 2000) || ' days'), 1 + i % 9 FROM n;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO messages
SELECT i, 1 + i % 600, 'Message ' || i || ': high water at ' || time('00:00', (i * 7) || ' minutes') || ', fair wind, 日本語' FROM n;

INSERT INTO places SELECT id, id / 10.0, id / 10.0 + 0.05, 54 + id / 100.0, 54 + id / 100.0 + 0.02 FROM vessels;

ANALYZE;
COMMIT;
