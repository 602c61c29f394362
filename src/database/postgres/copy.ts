import type { TableInfo } from '../engine.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from './catalog/identifiers.ts';

/**
 * COPY of a table's own rows in the database's encoding, so that the bytes come as they are. A table without columns that
 * hold data is copied without a list (which cannot be empty): each row is an empty line then.
 */
export function copyToStatement(table: TableInfo, encoding: string): string {
  return `COPY ${target(table)} TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
}

/** The reverse of `copyToStatement`; `encoding` is that of the database the rows came from. */
export function copyFromStatement(table: TableInfo, encoding: string): string {
  return `COPY ${target(table)} FROM STDIN WITH (ENCODING ${quoteLiteral(encoding)})`;
}

function target(table: TableInfo): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  return qualifiedName(table.schema, table.name) + (columns && ` (${columns})`);
}
