import type { Engine } from '../engine.ts';
import { narrowFacts } from './target/narrow-facts.ts';
import { recover } from './target/staging/recover.ts';
import { settle } from './target/settle.ts';
import { openSource } from './source/source.ts';
import { openTarget } from './target/target.ts';

/** PostgreSQL 13 and newer. */
export const postgres: Engine = {
  name: 'postgres',
  title: 'PostgreSQL',
  schemes: ['postgres', 'postgresql'],
  partSuffix: 'copy',
  rowMarks: null,
  // As the server does in most encodings: letters of ASCII alone.
  foldLetter: (letter) => letter.replace(/[A-Z]/, (upper) => upper.toLowerCase()),
  narrowFacts,
  openSource,
  openTarget,
  recover,
  settle,
};
