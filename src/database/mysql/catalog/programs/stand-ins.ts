import { quoteName } from '../../columns.ts';
import type { ViewReferences } from './view-references.ts';

/** Statements around the one that makes a view, which make what it lacks and drop it again: a server makes no view without. */
export function standIns({ relations, functions }: ViewReferences): {
  prelude: string[];
  postlude: string[];
} {
  const prelude: string[] = [];
  const postlude: string[] = [];
  for (const [name, columns] of relations) {
    const list = columns.size === 0 ? ['`_`'] : Array.from(columns, quoteName);
    prelude.push(`CREATE TABLE ${quoteName(name)} (${list.map((column) => `${column} int`).join(', ')})`);
    postlude.push(`DROP TABLE ${quoteName(name)}`);
  }
  for (const [name, count] of functions) {
    const parameters = Array.from({ length: count }, (_, number) => `p${number} int`).join(', ');
    prelude.push(
      `CREATE FUNCTION ${quoteName(name)}(${parameters}) RETURNS int NO SQL DETERMINISTIC RETURN NULL`,
    );
    postlude.push(`DROP FUNCTION ${quoteName(name)}`);
  }
  return { prelude, postlude };
}
