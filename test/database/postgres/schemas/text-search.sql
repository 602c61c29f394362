-- Text search: parsers, templates, dictionaries, configurations.
DO $do$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'text_owner') THEN CREATE ROLE text_owner; END IF;
END
$do$;
CREATE SCHEMA "Odd ""texts" AUTHORIZATION text_owner;
CREATE TEXT SEARCH PARSER public.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH PARSER "Odd ""texts"."the ""parser"
  (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
COMMENT ON TEXT SEARCH PARSER "Odd ""texts"."the ""parser" IS 'a parser';
CREATE FUNCTION public."Odd ""lexize"(internal, internal, internal, internal) RETURNS internal LANGUAGE internal STRICT AS 'dsimple_lexize';
CREATE TEXT SEARCH TEMPLATE public.bare (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE "Odd ""texts"."the ""template" (INIT = dsimple_init, LEXIZE = public."Odd ""lexize");
COMMENT ON TEXT SEARCH TEMPLATE public.bare IS 'a template';

CREATE TEXT SEARCH DICTIONARY public.plain (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY public.stopping (TEMPLATE = simple, STOPWORDS = english, ACCEPT = 'false');
CREATE TEXT SEARCH DICTIONARY public.german (TEMPLATE = snowball, Language = 'german', "stopwords" = 'german');
CREATE TEXT SEARCH DICTIONARY "Odd ""texts"."the ""dictionary" (TEMPLATE = "Odd ""texts"."the ""template", accept = false);
CREATE TEXT SEARCH DICTIONARY public.without_options (TEMPLATE = public.bare);
CREATE TEXT SEARCH DICTIONARY public.synonyms (TEMPLATE = synonym, SYNONYMS = synonym_sample, CaseSensitive = 1);
CREATE TEXT SEARCH DICTIONARY public.spelling (TEMPLATE = ispell, DictFile = ispell_sample, AffFile = ispell_sample, StopWords = english);
CREATE TEXT SEARCH DICTIONARY public.thesaurus (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = 'pg_catalog.english_stem');
-- A thesaurus knows its dictionary by name only.
CREATE TEXT SEARCH DICTIONARY public.z_inner (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY public.a_thesaurus (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = 'public.z_inner');
SET search_path = public;
CREATE TEXT SEARCH DICTIONARY public.b_thesaurus (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = z_inner);
RESET search_path;
ALTER TEXT SEARCH DICTIONARY "Odd ""texts"."the ""dictionary" OWNER TO text_owner;
COMMENT ON TEXT SEARCH DICTIONARY public.german IS 'it''s a dictionary';

CREATE TEXT SEARCH CONFIGURATION public.empty (PARSER = public.words);
CREATE TEXT SEARCH CONFIGURATION public.copied (COPY = german);
CREATE TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration" (PARSER = "Odd ""texts"."the ""parser");
ALTER TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration"
  ADD MAPPING FOR hword_asciipart, asciiword, "int" WITH public.thesaurus, public.spelling, public.german, "Odd ""texts"."the ""dictionary", simple;
ALTER TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration" ADD MAPPING FOR url WITH public.synonyms, public.plain;
ALTER TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration" ALTER MAPPING FOR url WITH public.plain, public.synonyms;
ALTER TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration" OWNER TO text_owner;
COMMENT ON TEXT SEARCH CONFIGURATION "Odd ""texts"."the ""configuration" IS 'a configuration';

-- What uses them
CREATE TABLE public.documents (
  body text,
  words tsvector GENERATED ALWAYS AS (to_tsvector('"Odd ""texts"."the ""configuration"'::regconfig, body)) STORED,
  by_default regconfig DEFAULT 'public.copied'
);
CREATE INDEX documents_german ON public.documents USING gin (to_tsvector('public.copied'::regconfig, body));
INSERT INTO public.documents VALUES ('supernovae stars https://example.com/x Häuser 42');
