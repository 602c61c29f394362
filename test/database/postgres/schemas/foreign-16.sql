-- TRUNCATE of a foreign table fires triggers.
CREATE FOREIGN DATA WRAPPER bare;
CREATE SERVER plain FOREIGN DATA WRAPPER bare;
CREATE FOREIGN TABLE public.far (a integer) SERVER plain;
CREATE FUNCTION public.on_truncate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER on_truncate BEFORE TRUNCATE ON public.far FOR EACH STATEMENT EXECUTE FUNCTION public.on_truncate();
