CREATE SCHEMA app;
CREATE SCHEMA audit;
CREATE SCHEMA lonely;
GRANT USAGE, CREATE ON SCHEMA app TO tables_owner;
CREATE TYPE app.state AS ENUM ('new', 'paid');
CREATE DOMAIN app.amount AS numeric CHECK (VALUE >= 0);
CREATE FUNCTION app.next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'code' $$;
CREATE FUNCTION app.fold(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(t) $$;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE SEQUENCE app.numbers START 100;
CREATE TABLE app.users (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.orders (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id int REFERENCES app.users,
  parent int REFERENCES app.orders,
  state app.state DEFAULT 'new',
  amount app.amount DEFAULT 1,
  code text DEFAULT app.next_code(),
  number int DEFAULT nextval('app.numbers'),
  note text CONSTRAINT short CHECK (length(note) < 100));
CREATE INDEX orders_fold ON app.orders (app.fold(note));
CREATE STATISTICS app.orders_statistics ON user_id, parent FROM app.orders;
CREATE TRIGGER touch BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE RULE quiet AS ON DELETE TO app.orders DO INSTEAD NOTHING;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.orders TO tables_reader USING (user_id = 1);
COMMENT ON TABLE app.orders IS 'orders';
COMMENT ON COLUMN app.orders.note IS 'a note';
COMMENT ON CONSTRAINT short ON app.orders IS 'a check';
COMMENT ON CONSTRAINT orders_user_id_fkey ON app.orders IS 'to users';
GRANT SELECT ON app.orders TO tables_reader;
ALTER TABLE app.orders OWNER TO tables_owner;
CREATE TABLE app.items (order_id int REFERENCES app.orders, label text);
CREATE VIEW app.totals AS
  SELECT u.id, u.name, count(*) AS n FROM app.users u JOIN app.orders o ON o.user_id = u.id GROUP BY u.id;
CREATE MATERIALIZED VIEW app.cached AS SELECT label FROM app.items;
CREATE TABLE audit.log (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE audit.log_2025 PARTITION OF audit.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE audit.log_2026 PARTITION OF audit.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX log_at ON audit.log (at);
CREATE TABLE app.animals (id int, name text);
CREATE TABLE app.dogs (bark text) INHERITS (app.animals);
CREATE TABLE lonely."Odd.Name" (x int, "line
break" text);
CREATE PUBLICATION published FOR TABLE app.orders;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO tables_reader;
COMMENT ON SCHEMA app IS 'the application';
SELECT lo_from_bytea(0, 'large');
INSERT INTO app.users (name) SELECT 'user ' || i FROM generate_series(1, 10) i;
INSERT INTO app.orders (user_id, note) SELECT 1 + i % 10, 'Note ' || i FROM generate_series(1, 100) i;
INSERT INTO app.items SELECT i, 'item ' || i FROM generate_series(1, 20) i;
INSERT INTO audit.log SELECT i, date '2025-12-01' + i FROM generate_series(1, 60) i;
INSERT INTO app.animals VALUES (1, 'cat');
INSERT INTO app.dogs VALUES (2, 'rex', 'wau');
INSERT INTO lonely."Odd.Name" VALUES (1, 'one'), (2, 'two');
