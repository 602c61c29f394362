import type { DatabaseFacts, Engine, Statement } from '../engine.ts';
import { archivedFacts } from './facts.ts';
import { parseLocation } from './file/location.ts';
import { folded } from './schema/objects.ts';
import { openSource } from './source/source.ts';
import { BESIDE, realPlace } from './target/place.ts';
import { recover } from './target/recover.ts';
import { settle } from './target/settle.ts';
import { openTarget } from './target/target.ts';

/** SQLite 3: a database is a file, and is kept as one. */
export const sqlite: Engine = {
  name: 'sqlite',
  title: 'SQLite',
  schemes: ['sqlite'],
  partSuffix: 'sqlite',
  rowMarks: '',
  foldLetter: folded,
  fileOf: (url) => ({ path: realPlace(parseLocation(url)), suffixes: BESIDE }),
  narrowFacts,
  openSource,
  openTarget,
  recover,
  settle,
};

async function narrowFacts(
  facts: DatabaseFacts,
  statements: AsyncIterable<Statement>,
): Promise<DatabaseFacts> {
  const archived = archivedFacts(facts);
  const tables = new Set<string>();
  for await (const { kind, name } of statements) if (kind === 'TABLE') tables.add(name);
  return {
    ...archived,
    contents: archived.contents.filter(({ name }) => tables.has(name)),
    isNarrowed: true,
  };
}
