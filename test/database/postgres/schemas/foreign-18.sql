-- NOT NULL constraints with names, those not valid, and virtual generated columns.
CREATE FOREIGN DATA WRAPPER bare;
CREATE SERVER plain FOREIGN DATA WRAPPER bare;
CREATE FOREIGN TABLE public.far (
  a integer CONSTRAINT a_there NOT NULL NO INHERIT,
  b text,
  c integer CONSTRAINT c_there NOT NULL,
  twice integer GENERATED ALWAYS AS (a * 2) VIRTUAL
) SERVER plain;
ALTER FOREIGN TABLE public.far ADD CONSTRAINT b_there NOT NULL b NOT VALID;
CREATE FOREIGN TABLE public.child (c integer OPTIONS (x 'y')) INHERITS (public.far) SERVER plain;
COMMENT ON CONSTRAINT c_there ON public.far IS 'a constraint of one';
CREATE TABLE public.parts (id integer CONSTRAINT id_there NOT NULL, kind text) PARTITION BY LIST (kind);
CREATE FOREIGN TABLE public.part PARTITION OF public.parts FOR VALUES IN ('x') SERVER plain;
ALTER FOREIGN TABLE public.far ADD CONSTRAINT unenforced CHECK (a > 5) NOT ENFORCED;
