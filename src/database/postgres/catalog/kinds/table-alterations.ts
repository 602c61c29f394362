import { quoteIdentifier } from '../sql/identifiers.ts';
import { withClause } from '../sql/relation-options.ts';
import type { Column } from './table-columns.ts';
import { hasOwnExpression, isWritten } from './table-parts.ts';

/** The ALTER TABLE statements for what CREATE TABLE cannot say of the columns, or says otherwise through a parent. */
export function columnAlterations(table: string, columns: readonly Column[]): string[] {
  return columns.flatMap((column) =>
    alterations(column).map(
      (action) => `ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteIdentifier(column.name)} ${action};`,
    ),
  );
}

function alterations(column: Column): string[] {
  const actions: string[] = [];
  if (column.parent_default === 't' && column.default === null) actions.push('DROP DEFAULT');
  if (hasOwnExpression(column) && !isWritten(column)) actions.push(`SET EXPRESSION AS (${column.default})`);
  if (column.not_null_oid === null && column.parents !== '0') {
    const isMade = column.parent_not_null === 't' || (isWritten(column) && column.not_null === 't');
    if (isMade && column.not_null === 'f') actions.push('DROP NOT NULL');
    if (!isMade && column.not_null === 't') actions.push('SET NOT NULL');
  }
  if (column.statistics !== null) actions.push(`SET STATISTICS ${column.statistics}`);
  if (column.storage !== null) actions.push(`SET STORAGE ${column.storage}`);
  if (column.compression !== null && column.foreign_options === null) {
    actions.push(`SET COMPRESSION ${column.compression}`);
  }
  if (column.options !== null) {
    actions.push(withClause(JSON.parse(column.options) as string[]).replace(' WITH ', 'SET '));
  }
  if (column.foreign_options && !isWritten(column)) actions.push(column.foreign_options.trimStart());
  return actions;
}
