/** Files of an extension that keeps rows and a counter for its users, in tables whose names are not in the order of their keys. */
export function sampleExtension(
  changes: (script: string) => string = (script) => script,
): Record<string, string> {
  const script = `
CREATE TABLE @extschema@.parents (
  id int PRIMARY KEY, word text, is_standard boolean NOT NULL DEFAULT false, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE @extschema@.children (
  id int PRIMARY KEY, parent int NOT NULL REFERENCES @extschema@.parents, younger int REFERENCES @extschema@.children,
  filler text);
CREATE TABLE @extschema@.internals (id int);
CREATE SEQUENCE @extschema@.counter;
CREATE SEQUENCE @extschema@.unmoved;
INSERT INTO @extschema@.parents VALUES (1, 'standard', true);
SELECT pg_catalog.pg_extension_config_dump('@extschema@.parents', 'WHERE NOT is_standard');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.children', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.counter', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.unmoved', '');
`;
  return {
    'holdfast_sample.control': `default_version = '1.0'\nrelocatable = false\n`,
    'holdfast_sample--1.0.sql': changes(script),
  };
}

/** Makes it in a schema of its own, and fills it with rows that need each other, forwards and backwards. */
export const FILL_SAMPLE_EXTENSION = `
CREATE SCHEMA conf;
CREATE EXTENSION holdfast_sample SCHEMA conf;
INSERT INTO conf.parents (id, word) SELECT i, E'wörd\\t' || i FROM generate_series(2, 100) AS i;
INSERT INTO conf.children SELECT i, i % 100 + 1, CASE WHEN i < 3000 THEN i + 1 END, repeat('x', 20) FROM generate_series(1, 3000) AS i;
INSERT INTO conf.internals VALUES (1);
SELECT setval('conf.counter', 42);
`;
