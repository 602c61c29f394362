-- Event triggers on logins.
CREATE SCHEMA t;
CREATE TABLE t.logins (at timestamptz);
CREATE FUNCTION t.on_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;
CREATE EVENT TRIGGER a_login ON login EXECUTE FUNCTION t.on_login();
ALTER EVENT TRIGGER a_login ENABLE ALWAYS;
CREATE FUNCTION t.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'nothing may be changed here'; END $$;
CREATE EVENT TRIGGER stop ON ddl_command_start WHEN TAG IN ('REINDEX', 'CREATE EXTENSION') EXECUTE FUNCTION t.stop();
