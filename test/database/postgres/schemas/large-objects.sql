-- Large objects: of all sizes, of several owners, with privileges and comments
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['lo_owner', 'Odd "lo'' owner', 'lo_reader', 'none of them'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;

-- Empty, shorter than a page, a page, a chunk that is read at a time, more than that, no multiple of anything
SELECT lo_create(100001);
SELECT lo_from_bytea(100002, '\x00');
SELECT lo_from_bytea(100003, decode(repeat('5c', 2047), 'hex'));
SELECT lo_from_bytea(100004, decode(repeat('0a', 2048), 'hex'));
SELECT lo_from_bytea(100005, decode(repeat('ff00', 131072), 'hex'));
SELECT lo_from_bytea(100006, decode(repeat('41424309', 65536), 'hex') || '\x0d0a');
SELECT lo_from_bytea(100007, (SELECT string_agg(decode(md5(i::text), 'hex'), '') FROM generate_series(1, 40000) AS i));

-- Holes, at the beginning and between, also of whole chunks; cut off and put longer
SELECT lo_create(100008), lo_create(100009), lo_create(100010), lo_create(100011);
SELECT lo_put(100008, 5000, 'abc');
SELECT lo_put(100009, 3 * 1024 * 1024 + 7, 'end'), lo_put(100009, 1024 * 1024, 'middle');
SELECT lo_truncate(lo_open(100010, 131072), 1000000);
SELECT lo_put(100011, 0, decode(repeat('61', 600000), 'hex')), lo_truncate(lo_open(100011, 131072), 300001);

-- Oids at both ends of what there is, and one that no sequence gave
SELECT lo_from_bytea(4294967295, 'last'), lo_from_bytea(2147483648, 'above'), lo_from_bytea(2147483647, 'below');
SELECT lo_from_bytea(17, 'first');
COMMENT ON LARGE OBJECT 17 IS 'of the server''s own numbers';

-- Owners and privileges
SELECT lo_from_bytea(oid::oid, oid::text::bytea) FROM generate_series(200001, 200040) AS oid;
DO $do$
BEGIN
  FOR oid IN 200001..200020 LOOP
    EXECUTE format('ALTER LARGE OBJECT %s OWNER TO lo_owner', oid);
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC, "Odd ""lo'' owner"', oid);
  END LOOP;
  FOR oid IN 200021..200030 LOOP
    EXECUTE format('ALTER LARGE OBJECT %s OWNER TO "Odd ""lo'' owner"', oid);
  END LOOP;
END
$do$;
GRANT SELECT ON LARGE OBJECT 200001 TO lo_reader WITH GRANT OPTION;
SET SESSION AUTHORIZATION lo_reader;
GRANT SELECT ON LARGE OBJECT 200001 TO "none of them";
RESET SESSION AUTHORIZATION;
REVOKE UPDATE ON LARGE OBJECT 200002 FROM lo_owner;
REVOKE ALL ON LARGE OBJECT 200031 FROM CURRENT_USER;
GRANT ALL ON LARGE OBJECT 200032, 200034, 200036 TO lo_reader;
COMMENT ON LARGE OBJECT 200001 IS E'It''s a \\ picture\nof "somebody"';
COMMENT ON LARGE OBJECT 200033 IS '🐘';

-- More than one statement names
SELECT count(lo_create(oid::oid)) FROM generate_series(300001, 302500) AS oid;
