import type { Engine } from '../engine.ts';
import { settle } from './settle.ts';
import { openSource } from './source.ts';
import { openTarget } from './target.ts';

/** PostgreSQL 13 and newer. */
export const postgres: Engine = {
  name: 'postgres',
  title: 'PostgreSQL',
  schemes: ['postgres', 'postgresql'],
  partSuffix: 'copy',
  openSource,
  openTarget,
  settle,
};
