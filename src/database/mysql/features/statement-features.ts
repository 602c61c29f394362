import { readAdditions, readTableText } from '../catalog/tables/show-create-table.ts';
import type { Statement } from '../../engine.ts';
import type { Feature } from '../facts.ts';
import { readStatements } from '../script.ts';
import { programFeatures } from './program-features.ts';
import { tableFeatures } from './table-features.ts';

/** What a statement of an archive takes of a server that not every one has. */
export function statementFeatures({ kind, name, sql }: Pick<Statement, 'kind' | 'name' | 'sql'>): Feature[] {
  if (kind === 'SEQUENCE') return [{ what: 'sequences', object: name, mysql: null, mariadb: 100300 }];
  if (kind === 'INDEX') return tableFeatures(name, { elements: readAdditions(sql), ending: '' }, []);
  if (kind === 'TABLE') return sql.startsWith('CREATE ') ? tableFeatures(name, readTableText(sql)) : [];
  const statements = readStatements(sql);
  const modes = statements.flatMap((statement) => /^SET .*\bsql_mode = '([^']*)'/.exec(statement)?.[1] ?? []);
  return [
    ...programFeatures('', modes[0] ?? '', name),
    ...statements.flatMap((statement) => programFeatures(statement, '', name)),
  ];
}
