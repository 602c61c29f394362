-- Indexes for which NULLs are alike.
CREATE SCHEMA i;
CREATE TABLE i.t (a integer, b text);
CREATE UNIQUE INDEX alike ON i.t (a, lower(b)) INCLUDE (b) NULLS NOT DISTINCT WITH (fillfactor = 50) TABLESPACE pg_default WHERE a > 0;
ALTER TABLE i.t ADD CONSTRAINT "Odd ""alike" UNIQUE NULLS NOT DISTINCT (b) INCLUDE (a) WITH (fillfactor = 60) DEFERRABLE;
CREATE TABLE i.p (a integer, b text) PARTITION BY LIST (a);
CREATE TABLE i.p_1 PARTITION OF i.p FOR VALUES IN (1);
CREATE UNIQUE INDEX of_parted ON i.p (a, b) NULLS NOT DISTINCT;
