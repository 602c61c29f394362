-- What tables, partitions, constraints and sequences can have beyond the usual, in servers from 13 on.
CREATE SCHEMA k;
CREATE SCHEMA other;

-- Partitions in other schemas, three levels deep, of every strategy, with an order of columns of their own.
CREATE TABLE k.tree (id bigint NOT NULL, at date NOT NULL, region text COLLATE "C" DEFAULT 'none', n integer CHECK (n > 0), PRIMARY KEY (id, at, region)) PARTITION BY RANGE (at);
CREATE TABLE other.tree_2020 (region text COLLATE "C" DEFAULT 'own' NOT NULL, n integer DEFAULT 3, gone integer, at date NOT NULL, id bigint NOT NULL,
  CONSTRAINT tree_n_check CHECK (n > 0), CONSTRAINT own CHECK (id < 1000000)) PARTITION BY LIST (region);
ALTER TABLE other.tree_2020 DROP COLUMN gone;
ALTER TABLE k.tree ATTACH PARTITION other.tree_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE other.tree_2020_n PARTITION OF other.tree_2020 (n DEFAULT 4, CONSTRAINT small CHECK (n < 100)) FOR VALUES IN ('n', 'N') PARTITION BY HASH (id);
CREATE TABLE k.tree_2020_n_0 PARTITION OF other.tree_2020_n FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE UNLOGGED TABLE k.tree_2020_n_1 PARTITION OF other.tree_2020_n FOR VALUES WITH (MODULUS 3, REMAINDER 1) WITH (fillfactor = 40, toast.autovacuum_enabled = off);
CREATE TABLE k.tree_2020_n_2 PARTITION OF other.tree_2020_n FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE other.tree_2020_rest PARTITION OF other.tree_2020 DEFAULT;
CREATE TABLE k.tree_rest PARTITION OF k.tree DEFAULT;
CREATE TABLE k.tree_left PARTITION OF k.tree FOR VALUES FROM ('1990-01-01') TO ('1991-01-01');
ALTER TABLE k.tree DETACH PARTITION k.tree_left;
ALTER TABLE k.tree ADD COLUMN late text DEFAULT 'late';
ALTER TABLE k.tree ALTER n SET STATISTICS 30;
ALTER TABLE k.tree_2020_n_0 ALTER n SET STATISTICS 40, ALTER n SET (n_distinct = 7), ALTER late SET STORAGE PLAIN, ALTER late DROP DEFAULT;
CREATE INDEX on_tree ON k.tree (n, lower(late));
CREATE INDEX only_one ON k.tree_rest (late) WHERE n > 5;
CREATE UNIQUE INDEX unique_tree ON k.tree (at, region, id) INCLUDE (n);
COMMENT ON COLUMN k.tree_2020_n_0.late IS 'late at the leaf';
COMMENT ON CONSTRAINT small ON other.tree_2020_n IS 'small';
INSERT INTO k.tree VALUES (1, '2020-02-02', 'n', 1, 'w'), (2, '2020-03-03', 'N', 2, 'x'), (3, '2020-04-04', 's', 3, 'y'), (4, '2022-01-01', 's', 4, 'z');

-- Foreign keys between partitioned tables, to themselves and in both directions.
CREATE TABLE k.node (id integer, up integer, PRIMARY KEY (id), FOREIGN KEY (up) REFERENCES k.node ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED) PARTITION BY RANGE (id);
CREATE TABLE k.node_1 PARTITION OF k.node FOR VALUES FROM (0) TO (10);
CREATE TABLE k.node_2 PARTITION OF k.node DEFAULT;
CREATE TABLE k.plain (id integer PRIMARY KEY, node integer REFERENCES k.node ON UPDATE CASCADE);
ALTER TABLE k.node ADD COLUMN plain integer REFERENCES k.plain;
ALTER TABLE k.node_2 ADD CONSTRAINT leaf_only FOREIGN KEY (plain) REFERENCES k.plain ON DELETE CASCADE NOT VALID;
INSERT INTO k.node VALUES (11, 1), (1, 11);
INSERT INTO k.plain VALUES (1, 11);

-- Checks of every kind in one family.
CREATE TABLE k.base (a integer, b integer, CONSTRAINT here CHECK (a > 0) NO INHERIT, CONSTRAINT in_both CHECK (b > 0));
CREATE TABLE k.heir (c integer, CONSTRAINT in_both CHECK (b > 0), CONSTRAINT own CHECK (c > a)) INHERITS (k.base);
CREATE TABLE k.grandheir () INHERITS (k.heir);
ALTER TABLE k.base ADD CONSTRAINT unchecked CHECK (a <> 5) NOT VALID;
ALTER TABLE k.heir VALIDATE CONSTRAINT unchecked;
ALTER TABLE ONLY k.grandheir ADD CONSTRAINT mine CHECK (a < 10) NOT VALID;
ALTER TABLE k.base ADD CONSTRAINT mine CHECK (a < 10) NOT VALID;

-- Typed tables, tables without columns, whose row type others use, and with as many columns as there can be.
CREATE TYPE k.shape AS (id integer, name text, price numeric(6, 2));
CREATE TABLE k.typed OF k.shape (id WITH OPTIONS PRIMARY KEY, name DEFAULT 'x' NOT NULL, CHECK (price > 0), UNIQUE (name)) WITH (fillfactor = 50);
ALTER TABLE k.typed ALTER price SET STATISTICS 9;
CREATE TABLE k.typed_plain OF k.shape;
CREATE TABLE k.typed_parts OF k.shape PARTITION BY LIST (id);
CREATE TABLE k.nothing ();
INSERT INTO k.nothing DEFAULT VALUES;
CREATE TABLE k.holder (one k.base, many k.heir[], ranges int4range[], "Odd ""name" k.shape DEFAULT ROW(1, 'a', 2.5));
INSERT INTO k.holder (one, many) VALUES ((1, 2), ARRAY[ROW(1, 2, 3)::k.heir]);
DO $do$
BEGIN
  EXECUTE (SELECT 'CREATE TABLE k.wide (' || string_agg(format('c%s %s', i, CASE WHEN i % 2 = 0 THEN 'boolean' WHEN i % 99 = 1 THEN 'bit(1) DEFAULT B''1''' ELSE 'bit(1)' END), ', ' ORDER BY i) || ')' FROM generate_series(1, 1600) AS i);
END
$do$;

-- Replica identities, storage parameters, unlogged tables.
CREATE TABLE k.identity_full (a integer); ALTER TABLE k.identity_full REPLICA IDENTITY FULL;
CREATE TABLE k.identity_none (a integer); ALTER TABLE k.identity_none REPLICA IDENTITY NOTHING;
CREATE TABLE k.identity_index (a integer NOT NULL, CONSTRAINT by_key UNIQUE (a)); ALTER TABLE k.identity_index REPLICA IDENTITY USING INDEX by_key;
CREATE UNLOGGED TABLE k.unlogged (id integer PRIMARY KEY, t text) WITH (autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_scale_factor = 0.01, user_catalog_table = true, parallel_workers = 0, vacuum_index_cleanup = off, vacuum_truncate = false, toast.autovacuum_vacuum_threshold = 7, toast.vacuum_truncate = false);

-- Sequences at the edges.
CREATE SEQUENCE k.down AS bigint INCREMENT -1 MINVALUE -9223372036854775808 MAXVALUE -1 START -5 CACHE 20;
CREATE SEQUENCE k.up AS bigint MAXVALUE 9223372036854775807 START 9223372036854775807;
SELECT nextval('k.up');
CREATE SEQUENCE k.small AS smallint MINVALUE -32768 MAXVALUE 32767 START 0 CYCLE;
SELECT setval('k.small', 32767), setval('k.down', -9223372036854775808);
CREATE TABLE k.owner (id integer, other bigint DEFAULT nextval('k.down'), big bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 3 MINVALUE 4 MAXVALUE 400 CACHE 2 CYCLE), tiny smallint GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1));
ALTER SEQUENCE k.small OWNED BY k.owner.id;
INSERT INTO k.owner (id, other) VALUES (1, 1), (2, 2);

-- Loops: defaults and checks on functions of the very table.
CREATE TABLE k.self (a integer, b integer);
CREATE FUNCTION k.next_self() RETURNS integer LANGUAGE sql STABLE AS 'SELECT coalesce(max(a), 0) + 1 FROM k.self';
CREATE FUNCTION k.sum_self(k.self) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a + $1.b';
ALTER TABLE k.self ALTER a SET DEFAULT k.next_self(), ADD CHECK (k.sum_self(self) > 0), ADD EXCLUDE USING btree ((k.sum_self(self)) WITH =) WHERE (k.sum_self(self) > 5);
CREATE INDEX by_sum ON k.self (k.sum_self(self));
INSERT INTO k.self (b) VALUES (1), (20);
CREATE VIEW k.on_self AS SELECT s.*, k.sum_self(s) AS sum FROM k.self AS s;
CREATE MATERIALIZED VIEW k.m_one AS SELECT sum FROM k.on_self;
CREATE MATERIALIZED VIEW k.a_two AS SELECT count(*) FROM k.m_one WITH NO DATA;
