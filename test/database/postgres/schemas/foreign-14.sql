-- Compression: a foreign table's column takes it in its definition only.
CREATE FOREIGN DATA WRAPPER bare;
CREATE SERVER plain FOREIGN DATA WRAPPER bare;
CREATE TABLE public.parent (b text COMPRESSION pglz);
CREATE FOREIGN TABLE public.inherits () INHERITS (public.parent) SERVER plain;
