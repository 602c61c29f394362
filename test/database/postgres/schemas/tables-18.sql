-- NOT NULL as a constraint, NOT ENFORCED, virtual columns, and keys over periods.
CREATE SCHEMA t;
CREATE EXTENSION btree_gist WITH SCHEMA public;
CREATE TABLE t.named (
  a integer CONSTRAINT a_is_given NOT NULL, b integer NOT NULL, c integer NOT NULL NO INHERIT, d integer,
  e integer GENERATED ALWAYS AS (a * 2) VIRTUAL, f integer GENERATED ALWAYS AS (a * 3) STORED, PRIMARY KEY (d),
  CONSTRAINT loose CHECK (b > 0) NOT ENFORCED, CONSTRAINT "g" CHECK (a > 0)
);
INSERT INTO t.named (a, b, c, d) VALUES (1, -1, 1, 1);
COMMENT ON CONSTRAINT a_is_given ON t.named IS 'given';
COMMENT ON CONSTRAINT loose ON t.named IS 'loose';
CREATE TABLE t.later (a integer, b integer);
INSERT INTO t.later VALUES (NULL, 1);
ALTER TABLE t.later ADD CONSTRAINT a_later NOT NULL a NOT VALID;
ALTER TABLE t.later ADD CONSTRAINT b_now NOT NULL b;
COMMENT ON CONSTRAINT a_later ON t.later IS 'later';
CREATE TABLE t.heir (g integer NOT NULL) INHERITS (t.named);
CREATE TABLE t.own_heir (CONSTRAINT own_b NOT NULL b, CONSTRAINT c_here NOT NULL c) INHERITS (t.named);
CREATE TABLE t.later_heir () INHERITS (t.later);
ALTER TABLE t.later_heir ADD CONSTRAINT heir_validates CHECK (b > 0);
-- Names that would be the server's own choice for another column.
CREATE TABLE t.a (b_c integer NOT NULL);
CREATE TABLE t.a_b (c integer NOT NULL);
CREATE TABLE t.parts (id integer CONSTRAINT part_id NOT NULL, v integer, w integer GENERATED ALWAYS AS (v + 1) VIRTUAL) PARTITION BY LIST (id);
CREATE TABLE t.part_1 PARTITION OF t.parts FOR VALUES IN (1);
CREATE TABLE t.part_2 (v integer NOT NULL, id integer CONSTRAINT other_name NOT NULL, w integer GENERATED ALWAYS AS (v + 2) VIRTUAL);
ALTER TABLE t.parts ATTACH PARTITION t.part_2 FOR VALUES IN (2);
ALTER TABLE t.parts ADD CONSTRAINT v_later NOT NULL v NOT VALID;
CREATE TABLE t.target (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE t.target_1 PARTITION OF t.target DEFAULT;
CREATE TABLE t.source (id integer) PARTITION BY RANGE (id);
CREATE TABLE t.source_1 PARTITION OF t.source DEFAULT;
INSERT INTO t.source VALUES (5);
ALTER TABLE t.source ADD CONSTRAINT unchecked FOREIGN KEY (id) REFERENCES t.target NOT VALID;
CREATE TABLE t.loose (id integer);
ALTER TABLE t.loose ADD CONSTRAINT unenforced FOREIGN KEY (id) REFERENCES t.target NOT ENFORCED;
CREATE TABLE t.room (id integer, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE t.booking (id integer, room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES t.room (id, PERIOD valid));
INSERT INTO t.room VALUES (1, '[2020-01-01,2021-01-01)');
INSERT INTO t.booking VALUES (1, 1, '[2020-02-01,2020-03-01)');
CREATE TABLE t.room_parts (id integer, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS)) PARTITION BY LIST (id);
CREATE TABLE t.room_part PARTITION OF t.room_parts DEFAULT;
CREATE TABLE t.booking_part (room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES t.room_parts (id, PERIOD valid));
