-- The language of every new database, not as the extension that it is there.
DROP EXTENSION plpgsql;
CREATE FUNCTION pg_catalog.plpgsql_call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql';
CREATE FUNCTION pg_catalog.plpgsql_inline_handler(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql';
CREATE FUNCTION pg_catalog.plpgsql_validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql';
CREATE TRUSTED LANGUAGE plpgsql HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
COMMENT ON LANGUAGE plpgsql IS 'ours';
CREATE FUNCTION public.f() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
