import type { Engine } from '../engine.ts';
import { narrowFacts } from './narrow-facts.ts';
import { openSource } from './source/source.ts';
import { recover } from './target/recovery/recover.ts';
import { settle } from './target/recovery/settle.ts';
import { openTarget } from './target/target.ts';

/** MySQL 8.0 and newer, MariaDB 10.6 and newer. */
export const mysql: Engine = {
  name: 'mysql',
  title: 'MySQL',
  schemes: ['mysql', 'mariadb'],
  partSuffix: 'sql',
  rowMarks: ' ,',
  schemaIsDatabase: true,
  // Where the server folds names it does so itself; elsewhere their case is their own.
  foldLetter: (letter) => letter,
  narrowFacts,
  openSource,
  openTarget,
  recover,
  settle,
};
