-- Views with the invoker's rights, and settings that only a grant lets others make.
CREATE SCHEMA code;
CREATE TABLE code.customer (id integer PRIMARY KEY, name text);
CREATE VIEW code.invoker WITH (security_invoker = on, security_barrier = false) AS SELECT * FROM code.customer;
CREATE VIEW code.definer WITH (security_invoker = false, check_option = cascaded) AS SELECT * FROM code.customer;
CREATE FUNCTION code.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE code.event (id integer, what text) PARTITION BY LIST (id);
CREATE TABLE code.event_1 PARTITION OF code.event FOR VALUES IN (1);
CREATE TRIGGER of_all AFTER INSERT ON code.event FOR EACH ROW EXECUTE FUNCTION code.on_change();
ALTER TRIGGER of_all ON code.event RENAME TO of_each;
ALTER TABLE code.event_1 DISABLE TRIGGER of_each;
