-- The rows of the sample database. Everything is computed from row numbers, so that every run makes the same rows.

SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = harbour, public;

INSERT INTO customers (public_id, name, company, email, address, language, languages, settings, raw_form,
                       last_login_from, home_network, born, created_at)
SELECT md5('customer ' || i)::uuid,
       (ARRAY['Ada Lindqvist', 'José Núñez', 'Zoë Šimková', '山田 太郎', 'Łukasz Żółć', E'Cafe\u0301 Renée',
              'محمد علي', 'O''Brien "Bo"'])[1 + i % 8] || ' ' || i,
       CASE WHEN i % 5 = 0 THEN 'Reederei ' || chr(65 + i % 26) || ' & Söhne' END,
       'customer' || i || '@example.org',
       CASE WHEN i % 7 <> 0 THEN
         ROW('Quay ' || i || E', "left" \\ (rear)', lpad((i * 37)::text, 5, '0'), NULL, 'DE')::postal_address
       END,
       (ARRAY['en', 'de', 'ja'])[1 + i % 3],
       (ARRAY['{en}', '{de,en}', '{}', '{ja,"pt-BR",NULL}'])[1 + i % 4]::varchar(8)[],
       jsonb_build_object('theme', 'dark', 'flag', '⛵️', 'limits', jsonb_build_array(i, i * 0.10, NULL, true)),
       ('{ "b": ' || i || ',  "a": "\u00e9\n", "a": "twice" }')::json,
       CASE WHEN i % 2 = 0 THEN ('192.0.2.' || i % 256)::inet ELSE ('2001:db8::' || to_hex(i) || '/64')::inet END,
       ('10.' || i % 256 || '.0.0/16')::cidr,
       date '1950-01-01' + i * 13,
       timestamptz '2024-01-01 00:00:00.123456+00' + i * interval '7 hours 11 minutes'
FROM generate_series(1, 600) AS i;

INSERT INTO vessels (owner_id, kind, name, registration, length_m, draught_m, transponder, transponder_long, position,
                     outline, lights, permits, load_plan, photo)
SELECT 100 + i * 7 % 600,
       (enum_range(NULL::vessel_kind))[1 + i % 5],
       (ARRAY['Möwe', 'Sea\Horse', 'Albatros 🐦', 'Fair Wind', '二番丸'])[1 + i % 5] || ' ' || i,
       CASE WHEN i % 11 <> 0 THEN 'R' || i END,
       3 + i * 37 % 4000 / 100.0,
       0.1::real + i % 50 / 7.0::real,
       ('08:00:2b:01:' || lpad(to_hex(i / 256), 2, '0') || ':' || lpad(to_hex(i % 256), 2, '0'))::macaddr,
       ('08:00:2b:ff:fe:01:00:' || lpad(to_hex(i % 256), 2, '0'))::macaddr8,
       point(54 + i / 1000.0, 10 - i / 3000.0),
       box(point(0, 0), point(i % 40 / 3.0, i % 9)),
       (i % 256)::bit(8),
       CASE WHEN i % 3 = 0 THEN B'' ELSE substring((i * 2654435761)::bit(64) FROM 33 FOR i % 32)::bit varying(32) END,
       CASE WHEN i % 4 = 0 THEN ARRAY[[i, NULL], [-i, 0]] WHEN i % 4 = 1 THEN ('[0:1]={1,' || i || '}')::integer[] END,
       CASE WHEN i % 10 = 0 THEN decode(repeat(md5('photo ' || i), 20 + i), 'hex') WHEN i % 10 = 1 THEN '\x'::bytea END
FROM generate_series(1, 400) AS i;

INSERT INTO berths (pier, number, depth, open_hours, nightly_rate)
SELECT pier::"char", number,
       depth_range(2 + number / 10.0, CASE WHEN number % 5 <> 0 THEN 4.5 + number / 10.0 END),
       CASE WHEN number % 6 = 0 THEN 'empty' ELSE int4range(6, 22) END,
       20 + number * 1.5
FROM unnest(ARRAY['A', 'B', 'C', 'D']) AS pier, generate_series(1, 25) AS number;

-- A server built without libxml has the type but cannot make values of it.
DO $$
BEGIN
  UPDATE berths SET survey = xmlparse(CONTENT '<survey by="Renée">' || number || ' m &amp; <!-- soft --> mud</survey>')
  WHERE number % 2 = 0;
EXCEPTION WHEN feature_not_supported THEN
  RAISE NOTICE 'this server has no xml';
END
$$;

INSERT INTO bookings (vessel_id, pier, berth, stay, nightly_rate, arrives_at, arrives_at_local, reminder, confirmed,
                      updated_at)
SELECT 1 + k * 13 % 400,
       chr(65 + k % 4)::"char",
       1 + k / 4 % 25,
       daterange(date '2025-01-01' + k / 100 * 10 + k % 3, date '2025-01-01' + k / 100 * 10 + k % 3 + 1 + k % 7),
       20 + k % 25 * 1.5,
       time '00:00' + k * interval '17 minutes 0.25 seconds',
       (lpad((k % 24)::text, 2, '0') || ':30:00.5+0' || k % 10)::timetz,
       k % 400 * interval '-1 month 3 days 04:05:06.789',
       (ARRAY[true, false, NULL])[1 + k % 3],
       CASE WHEN k % 2 = 0 THEN timestamp '2025-01-01 00:00:00.000001' + k * interval '1 minute' END
FROM generate_series(0, 1999) AS k;
-- The trigger keeps the history of these; they also leave gaps in the table.
UPDATE bookings SET nightly_rate = nightly_rate + 5 WHERE id % 50 = 0;
DELETE FROM bookings WHERE id % 97 = 0;

INSERT INTO messages (thread, author_id, body, attachments, sent_at)
SELECT md5('thread ' || i / 4)::uuid,
       CASE WHEN i % 9 <> 0 THEN 100 + i % 600 END,
       (ARRAY[
         'Is berth A' || i || ' free? 🙏🏽',
         E'Tabs\there,\tnew\nlines\r\nand a \\ backslash',
         E'\\N is not null, and this line is not the end:\n\\.\nsee?',
         E'Combining: e\u0301 a\u0308 n\u0303; joined: 👨‍👩‍👧‍👦; flags: 🇯🇵🏴‍☠️; right to left: שלום',
         '',
         '  spaces around, "quotes", ''apostrophes'', $dollars$, {braces}, NULL, \x41  '
       ])[1 + i % 6] || CASE WHEN i % 6 <> 4 THEN ' ' || i ELSE '' END,
       CASE WHEN i % 5 = 0 THEN ARRAY['photo ' || i || '.jpg', NULL, '', 'a,b', '{"c"}', E'back\\slash'] END,
       timestamptz '2025-03-30 00:59:59.999999+01' + i * interval '13 minutes'
FROM generate_series(1, 1500) AS i;
UPDATE messages SET reply_to = id - 1 WHERE id % 4 = 2;

INSERT INTO readings (sensor, taken_at, water_level, wind, temperature)
SELECT sensor, timestamptz '2024-12-20 00:00+00' + i * interval '6 hours 1 second',
       CASE WHEN i % 500 = 0 THEN 'NaN' WHEN i % 501 = 0 THEN '-Infinity' ELSE sin(i / 7.0::double precision) END,
       CASE WHEN i % 502 = 0 THEN 'Infinity' ELSE (i * 7 % 300 / 9.0)::real END,
       CASE WHEN i % 503 = 0 THEN 'NaN' WHEN i % 3 <> 0 THEN (i % 60 - 20) * 1.250 END
FROM unnest(ARRAY[1, 2, -3]) AS sensor, generate_series(0, 1599) AS i;

INSERT INTO "Type limits" ("case", a_smallint, an_integer, a_bigint, a_numeric, a_real, a_double, a_text, a_char, a_bytea,
                           a_date, a_timestamp, a_timestamptz, an_interval, a_matrix, some_kinds, some_addresses,
                           a_tsquery, a_numrange, a_tstzrange, a_path, a_circle)
VALUES
  ('all null', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL),
  ('smallest', -32768, -2147483648, -9223372036854775808, -1e-100, '-3.4028235e38', '-1.7976931348623157e308', '', '',
   '\x', '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', '-178000000 years', '{}', '{}', '{}',
   '', 'empty', 'empty', '[(0,0)]', '<(0,0),0>'),
  ('largest', 32767, 2147483647, 9223372036854775807, 1e1000 + 1e-1000, '3.4028235e38', '1.7976931348623157e308',
   repeat('long 🌊 ', 20000), '12345', decode(repeat('00ff5c0a', 50000), 'hex'), '5874897-12-31',
   '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '178000000 years 11 months 30 days 23:59:59.999999',
   '{{a,NULL,"NULL"},{"","comma, quote \" and \\","new\nline"}}', '{dinghy,"hausboot 🏠",NULL}',
   ARRAY[ROW('a "b"', ',', '(', '))')::postal_address, NULL, ROW(NULL, NULL, NULL, NULL)::postal_address],
   '''fair wind'' & !storm <-> sea:*', '(,)', '["2025-01-01 00:00+00",infinity)', '((0,1e-300),(2,1e300))',
   '<(1.5,-2),3>'),
  ('special', 0, 0, 0, 'NaN', 'NaN', '-Infinity', E'\u0001\b\t\n\u000b\f\r\u001b\u007f\u0085\u2028\ufeff\uffff\U0010FFFF',
   E' \n', '\x00', 'infinity', '-infinity', 'infinity', '-1 day +00:00:00.000001', '[-1:0][2:2]={{x},{y}}', '[0:0]={tug}',
   '{}', '''\''quote'' | b:ABCD', '[1.10,1.100]', '(-infinity,)', '[(-0,NaN)]', '<(Infinity,0),1>'),
  ('tiny', 1, 1, 1, 0.000, '1e-45', '5e-324', E'\\.', E'\\', '\x5c2e', '0001-12-31 BC', '0001-01-01 00:00:00',
   '1883-11-18 12:03:57.5+00', '00:00:00', NULL, NULL, NULL, NULL, '(0,1e-50]', NULL, NULL, NULL),
  ('minus zero', -0, -1, -1, 100.00, '-0', '-0', 'trailing tab' || E'\t', 'é', '\xdeadbeef', '2024-02-29',
   '2024-02-29 24:00:00', '2025-10-26 02:30:00+02', '1 year -1 month', '{{{a},{b}},{{c},{d}}}', NULL, NULL, NULL, NULL,
   NULL, NULL, NULL);

-- Numbers that were drawn and not used: the next one must not be a number given before.
SELECT nextval('invoice_number') FROM generate_series(1, 7);
SELECT setval('messages_id_seq', 5000, false);
ALTER TABLE customers ALTER COLUMN id RESTART WITH 9000;

REFRESH MATERIALIZED VIEW revenue;
