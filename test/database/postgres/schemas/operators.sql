-- Operators, operator families and classes, access methods, aggregates.
DO $do$
BEGIN
  CREATE ROLE mathematician;
  CREATE ROLE "Odd ""mathematician";
EXCEPTION WHEN duplicate_object THEN
END
$do$;

CREATE SCHEMA o;
CREATE SCHEMA "Odd ""operators%I";
CREATE SCHEMA a_first;
CREATE EXTENSION hstore SCHEMA o;

CREATE FUNCTION o."Odd ""less"(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 < $2';
CREATE FUNCTION o.less(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'text_lt';
CREATE FUNCTION o.less(integer, integer) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION o.greater(integer, integer) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION o.mixed(integer, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 = $2';
CREATE FUNCTION o.mixed(bigint, integer) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 = $2';
CREATE FUNCTION o.estimate(internal, oid, internal, integer) RETURNS double precision LANGUAGE internal STABLE STRICT AS 'eqsel';
CREATE FUNCTION o.join_estimate(internal, oid, internal, smallint, internal) RETURNS double precision
  LANGUAGE internal STABLE STRICT AS 'eqjoinsel';

-- Operators

CREATE OPERATOR o.= (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(o.=), NEGATOR = OPERATOR(a_first.<>),
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR a_first.<> (FUNCTION = textne, LEFTARG = text, RIGHTARG = text, NEGATOR = OPERATOR(o.=),
  RESTRICT = o.estimate, JOIN = o.join_estimate);
-- Three in a ring, in three schemas, each of which may come first.
CREATE OPERATOR o.<<< (FUNCTION = o.less, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(a_first.>>>),
  NEGATOR = OPERATOR("Odd ""operators%I".>>>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR a_first.>>> (FUNCTION = o.greater, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(o.<<<));
CREATE OPERATOR "Odd ""operators%I".>>>= (FUNCTION = int4ge, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(o.<<<));
-- The same names for other types.
CREATE OPERATOR o.<<< (FUNCTION = o."Odd ""less", LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR o.== (FUNCTION = o.mixed, LEFTARG = integer, RIGHTARG = bigint, COMMUTATOR = OPERATOR(o.==), HASHES, MERGES);
CREATE OPERATOR o.== (FUNCTION = o.mixed, LEFTARG = bigint, RIGHTARG = integer, COMMUTATOR = OPERATOR(o.==), HASHES, MERGES);
CREATE OPERATOR o.@#@ (FUNCTION = int4um, RIGHTARG = integer);
CREATE OPERATOR o.@#@ (FUNCTION = int4pl, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR "Odd ""operators%I".!@%*&|`?~#^- (FUNCTION = numeric_uminus, RIGHTARG = numeric);
CREATE OPERATOR o.& (FUNCTION = o.hs_concat, LEFTARG = o.hstore, RIGHTARG = o.hstore);
-- Shells: one that its name keeps, one that nothing names any longer.
CREATE OPERATOR o.*< (FUNCTION = o.less, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(a_first.*>=));
CREATE OPERATOR o.|< (FUNCTION = o.less, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(a_first.|>=));
DROP OPERATOR o.|< (integer, integer);
ALTER OPERATOR a_first.*>= (integer, integer) OWNER TO mathematician;
COMMENT ON OPERATOR a_first.*>= (integer, integer) IS 'not yet';
DO $do$
BEGIN
  -- Version 14 did away with operators on the right.
  IF current_setting('server_version_num')::integer < 140000 THEN
    CREATE OPERATOR o.!!! (FUNCTION = int4um, LEFTARG = integer);
    COMMENT ON OPERATOR o.!!! (integer, NONE) IS 'behind';
    ALTER OPERATOR o.!!! (integer, NONE) OWNER TO mathematician;
  END IF;
END
$do$;
COMMENT ON OPERATOR o.<<< (text, text) IS E'it''s \\ odd';
COMMENT ON OPERATOR o.@#@ (NONE, integer) IS 'in front';
ALTER OPERATOR o.@#@ (NONE, integer) OWNER TO "Odd ""mathematician";
ALTER OPERATOR o.= (text, text) OWNER TO mathematician;
ALTER OPERATOR a_first.>>> (integer, integer) OWNER TO mathematician;

-- What stands on them.
CREATE VIEW o.viewed AS SELECT 1 OPERATOR(o.<<<) 2 AS a, 'x' OPERATOR(o.=) 'y' AS b, OPERATOR(o.@#@) 3 AS c;
CREATE TABLE o.checked (a integer CHECK (a OPERATOR(a_first.>>>) 0), b text DEFAULT ('x' OPERATOR(o.=) 'y')::text);
INSERT INTO o.checked VALUES (1);

-- Families and classes

CREATE OPERATOR CLASS o.backwards FOR TYPE integer USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR FAMILY "Odd ""operators%I"."Odd ""family" USING btree;
CREATE OPERATOR FAMILY o.empty USING hash;
CREATE OPERATOR CLASS "Odd ""operators%I"."Odd ""class" FOR TYPE text USING btree FAMILY "Odd ""operators%I"."Odd ""family" AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 o.=, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text),
  FUNCTION 2 bttextsortsupport(internal);
CREATE OPERATOR CLASS o.second FOR TYPE integer USING btree FAMILY "Odd ""operators%I"."Odd ""family" AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR CLASS o.third FOR TYPE bigint USING btree FAMILY "Odd ""operators%I"."Odd ""family" AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint8cmp(bigint, bigint),
  OPERATOR 3 o.== (bigint, integer);
ALTER OPERATOR FAMILY "Odd ""operators%I"."Odd ""family" USING btree ADD
  OPERATOR 1 < (integer, bigint), OPERATOR 2 <= (integer, bigint), OPERATOR 3 o.== (integer, bigint),
  FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint), FUNCTION 1 (bigint, integer) btint84cmp(bigint, integer);
-- For one type two defaults, by two methods.
CREATE TYPE o.pair AS (a integer, b integer);
CREATE FUNCTION o.equal(o.pair, o.pair) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1.a = $2.a';
CREATE FUNCTION o.hash(o.pair) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1.a';
CREATE OPERATOR o.=== (FUNCTION = o.equal, LEFTARG = o.pair, RIGHTARG = o.pair, COMMUTATOR = OPERATOR(o.===), HASHES);
CREATE OPERATOR CLASS o.pairs DEFAULT FOR TYPE o.pair USING hash AS OPERATOR 1 o.===, FUNCTION 1 o.hash(o.pair);
-- Ordered by distance, with storage of another type, with options, without any member of its own.
CREATE FUNCTION o.distance(point, point) RETURNS double precision LANGUAGE internal IMMUTABLE STRICT AS 'point_distance';
CREATE OPERATOR o.<@> (FUNCTION = o.distance, LEFTARG = point, RIGHTARG = point, COMMUTATOR = OPERATOR(o.<@>));
CREATE OPERATOR FAMILY o.of_distances USING btree;
CREATE OPERATOR CLASS o.distances FOR TYPE double precision USING btree FAMILY o.of_distances AS OPERATOR 1 <, OPERATOR 2 <=,
  OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btfloat8cmp(double precision, double precision);
CREATE OPERATOR CLASS o.points FOR TYPE point USING gist AS
  STORAGE box,
  OPERATOR 5 >> (point, point), OPERATOR 1 <<, OPERATOR 15 o.<@> (point, point) FOR ORDER BY o.of_distances,
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 3 gist_point_compress(internal), FUNCTION 5 gist_box_penalty(internal, internal, internal),
  FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal),
  FUNCTION 8 (point, point) gist_point_distance(internal, point, smallint, oid, internal);
CREATE OPERATOR CLASS o.bare FOR TYPE circle USING gist AS STORAGE circle;
CREATE OPERATOR CLASS o.trigrams FOR TYPE text[] USING gin AS
  OPERATOR 1 &&(anyarray, anyarray), FUNCTION 1 bttextcmp(text, text), FUNCTION 2 ginarrayextract(anyarray, internal, internal), STORAGE text;
-- A member of the user's in a family of the server's and in one of an extension's.
CREATE FUNCTION o.compare(integer, numeric) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (integer, numeric) o.compare(integer, numeric);
CREATE FUNCTION o.same(o.hstore, o.hstore) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR o.=~= (FUNCTION = o.same, LEFTARG = o.hstore, RIGHTARG = o.hstore);
ALTER OPERATOR FAMILY o.gin_hstore_ops USING gin ADD OPERATOR 63 o.=~= (o.hstore, o.hstore);
COMMENT ON OPERATOR FAMILY "Odd ""operators%I"."Odd ""family" USING btree IS 'a family';
COMMENT ON OPERATOR CLASS o.backwards USING btree IS 'backwards';
COMMENT ON OPERATOR FAMILY o.backwards USING btree IS 'came by itself';
ALTER OPERATOR FAMILY "Odd ""operators%I"."Odd ""family" USING btree OWNER TO "Odd ""mathematician";
ALTER OPERATOR CLASS o.backwards USING btree OWNER TO mathematician;

-- Access methods

CREATE FUNCTION o."Odd ""handler"(internal) RETURNS index_am_handler LANGUAGE internal AS 'hashhandler';
CREATE ACCESS METHOD "Odd ""method" TYPE INDEX HANDLER o."Odd ""handler";
CREATE ACCESS METHOD a_heap TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD a_heap IS 'a heap';
CREATE OPERATOR CLASS o.of_method DEFAULT FOR TYPE integer USING "Odd ""method" AS
  OPERATOR 1 =, FUNCTION 1 hashint4(integer);
CREATE TABLE o.heaped (a integer, b text, c o.pair) USING a_heap;
INSERT INTO o.heaped VALUES (1, 'x', (1, 2)), (2, 'y', NULL);
CREATE MATERIALIZED VIEW o.stored USING a_heap AS SELECT a FROM o.heaped;
CREATE TABLE o.parted (a integer) PARTITION BY LIST (a);
CREATE TABLE o.parted_1 PARTITION OF o.parted FOR VALUES IN (1) USING a_heap;
CREATE INDEX by_method ON o.heaped USING "Odd ""method" (a);
CREATE INDEX back ON o.heaped (a o.backwards, b "Odd ""operators%I"."Odd ""class");
CREATE INDEX hashed ON o.heaped USING hash (c);
CREATE INDEX parted_by_method ON o.parted USING "Odd ""method" (a);
CREATE TABLE o.by_class (a integer) PARTITION BY RANGE (a o.second);
CREATE TABLE o.by_class_1 PARTITION OF o.by_class FOR VALUES FROM (1) TO (9);

-- Aggregates

CREATE FUNCTION o.joined(state text, "Odd ""arg" text, VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE AGGREGATE o.concatenated("Odd ""arg" text, VARIADIC text[]) (SFUNC = o.joined, STYPE = text,
  INITCOND = E'it''s \\ "odd", \n {NULL} $$');
CREATE AGGREGATE o.empty_start(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE AGGREGATE "Odd ""operators%I"."Odd ""sum"(integer) (SFUNC = int4pl, STYPE = integer, SORTOP = OPERATOR("Odd ""operators%I".>>>=),
  SSPACE = 100, PARALLEL = SAFE);
CREATE AGGREGATE o.least_of(integer) (SFUNC = int4smaller, STYPE = integer, SORTOP = OPERATOR(o.<<<), COMBINEFUNC = int4smaller);
CREATE AGGREGATE o.collected(anynonarray) (SFUNC = array_agg_transfn, STYPE = internal, FINALFUNC = array_agg_finalfn,
  FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_ONLY);
CREATE AGGREGATE o.summed(numeric) (SFUNC = numeric_accum, STYPE = internal, SSPACE = 128, FINALFUNC = numeric_sum,
  FINALFUNC_MODIFY = SHAREABLE, COMBINEFUNC = numeric_combine, SERIALFUNC = numeric_serialize, DESERIALFUNC = numeric_deserialize,
  MSFUNC = numeric_accum, MINVFUNC = numeric_accum_inv, MSTYPE = internal, MSSPACE = 129, MFINALFUNC = numeric_sum,
  MFINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE);
CREATE FUNCTION o.finished(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE o.with_extra(text) (SFUNC = textcat, STYPE = text, FINALFUNC = o.finished, FINALFUNC_EXTRA, MSFUNC = textcat,
  MINVFUNC = textcat, MSTYPE = text, MFINALFUNC = o.finished, MFINALFUNC_EXTRA, MINITCOND = '', FINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE o.nth(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
  FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE AGGREGATE o.no_direct(ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = mode_final,
  FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE, PARALLEL = RESTRICTED);
CREATE FUNCTION o.seen(o.pair, o.heaped) RETURNS o.pair LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE o.of_rows(o.heaped) (SFUNC = o.seen, STYPE = o.pair, INITCOND = '(1,)');
ALTER ROUTINE o.least_of(integer) DEPENDS ON EXTENSION hstore;
ALTER AGGREGATE o.no_direct(ORDER BY anyelement) OWNER TO mathematician;
COMMENT ON AGGREGATE o.nth(VARIADIC "any" ORDER BY VARIADIC "any") IS 'hypothetical';
GRANT EXECUTE ON FUNCTION o.summed(numeric) TO mathematician;
CREATE FUNCTION o.kept(anycompatiblearray, anycompatible, anycompatible) RETURNS anycompatiblearray LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE AGGREGATE o.compatible(anycompatible, "Odd ""too" anycompatible) (SFUNC = o.kept, STYPE = anycompatiblearray, INITCOND = '{}');
CREATE FUNCTION o.counted(bigint, integer, text, VARIADIC anyarray) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE AGGREGATE o.of_ranges(anyrange) (SFUNC = range_merge, STYPE = anyrange);
CREATE AGGREGATE o."Odd ""many"(a integer, b text, VARIADIC "Odd ""rest" anyarray) (SFUNC = o.counted, STYPE = bigint, INITCOND = '-9223372036854775808');
