-- Children with an expression of their own for a generated column.
CREATE SCHEMA t;
CREATE TABLE t.parent (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);
CREATE TABLE t.alike () INHERITS (t.parent);
CREATE TABLE t.child (b integer GENERATED ALWAYS AS (a + 2) STORED) INHERITS (t.parent);
CREATE TABLE t.parts (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY LIST (a);
CREATE TABLE t.part_1 PARTITION OF t.parts (b GENERATED ALWAYS AS (a + 3) STORED) FOR VALUES IN (1);
CREATE TABLE t.stored (a text STORAGE EXTERNAL, b text STORAGE DEFAULT);
INSERT INTO t.parent VALUES (1);
INSERT INTO t.child VALUES (1);
INSERT INTO t.parts VALUES (1);
