-- Subscriptions, which never connect
CREATE SUBSCRIPTION plain CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION one WITH (connect = false);
CREATE SUBSCRIPTION "Odd ""subscription;" CONNECTION 'host=''a b'' password=''it\''s \\ secret''' PUBLICATION "Odd ""one", two
  WITH (connect = false, slot_name = 'a_slot', synchronous_commit = local);
CREATE SUBSCRIPTION without_slot CONNECTION 'dbname=x' PUBLICATION one
  WITH (connect = false, slot_name = NONE, synchronous_commit = 'remote_apply');
ALTER SUBSCRIPTION plain SET (synchronous_commit = 'on');
-- It tries to connect, in vain.
ALTER SUBSCRIPTION plain ENABLE;
COMMENT ON SUBSCRIPTION plain IS 'fed by another';
DO $do$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'subscriber') THEN CREATE ROLE subscriber SUPERUSER; END IF;
END
$do$;
ALTER SUBSCRIPTION "Odd ""subscription;" OWNER TO subscriber;
