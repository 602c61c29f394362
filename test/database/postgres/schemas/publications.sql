-- Publications that every version knows
DO $do$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'publisher') THEN CREATE ROLE publisher; END IF;
END
$do$;
CREATE SCHEMA "Odd ""schema";
CREATE TABLE public.one (id int PRIMARY KEY, word text);
CREATE TABLE "Odd ""schema"."two, too" (id int);
CREATE TABLE public.parent (id int);
CREATE TABLE public.child () INHERITS (public.parent);
CREATE TABLE public.parted (id int) PARTITION BY RANGE (id);
CREATE TABLE public.part PARTITION OF public.parted FOR VALUES FROM (1) TO (9);

CREATE PUBLICATION of_all FOR ALL TABLES;
CREATE PUBLICATION of_all_via_root FOR ALL TABLES WITH (publish = 'truncate', publish_via_partition_root = true);
CREATE PUBLICATION of_nothing;
CREATE PUBLICATION of_no_change FOR TABLE public.one WITH (publish = '');
CREATE PUBLICATION "Odd ""publication;" FOR TABLE "Odd ""schema"."two, too", public.one, ONLY public.parent
  WITH (publish = 'insert, delete');
CREATE PUBLICATION of_parts FOR TABLE public.parted WITH (publish_via_partition_root);
CREATE PUBLICATION of_one_part FOR TABLE public.part;
CREATE PUBLICATION of_family FOR TABLE public.parent;
COMMENT ON PUBLICATION "Odd ""publication;" IS 'what''s published';
ALTER PUBLICATION of_parts OWNER TO publisher;
