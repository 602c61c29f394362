-- Operators whose commutator has another one: each must come before the one it names.
CREATE SCHEMA o;
CREATE OPERATOR o.@= (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(o.=@));
CREATE OPERATOR o.=@ (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(o.!@));
CREATE OPERATOR o.!@ (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(o.=@));
-- Names that come earlier, of operators that must come later.
CREATE OPERATOR o.~! (FUNCTION = int4ne, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(o.!~));
CREATE OPERATOR o.!~ (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(o.~~~));
-- What version 17 can change afterwards.
CREATE OPERATOR o.&& (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer);
ALTER OPERATOR o.&& (integer, integer) SET (COMMUTATOR = OPERATOR(o.&&), HASHES, MERGES, RESTRICT = eqsel, JOIN = eqjoinsel);
-- Partitioned tables have an access method since.
CREATE ACCESS METHOD another_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE o.parted (a integer) PARTITION BY LIST (a) USING another_heap;
CREATE TABLE o.parted_1 PARTITION OF o.parted FOR VALUES IN (1);
CREATE TABLE o.parted_2 PARTITION OF o.parted FOR VALUES IN (2) USING heap;
CREATE TABLE o.parted_3 (a integer) USING heap;
ALTER TABLE o.parted ATTACH PARTITION o.parted_3 FOR VALUES IN (3);
