import { objectId } from './object.ts';
import { type Element, elementFrom, type TableText } from './tables/show-create-table.ts';

/**
 * A table's definition without the name of its own database, which the server prints with the sequences that columns take
 * their defaults from; and these sequences, as `objectId` names them.
 */
export function withoutOwnDatabase(
  text: TableText,
  database: string,
): { text: TableText; sequences: string[] } {
  const sequences = new Set<string>();
  const elements = text.elements.map((element) => {
    const references = referencesTo(element, database);
    if (references.length === 0) return element;
    let sql = '';
    let position = 0;
    for (const { name, start, end } of references) {
      sequences.add(objectId('SEQUENCE', name));
      sql += element.sql.slice(position, start);
      position = end;
    }
    return elementFrom(sql + element.sql.slice(position));
  });
  return { text: { ...text, elements }, sequences: [...sequences] };
}

interface Reference {
  readonly name: string;
  /** Where the database's name and the point after it are. */
  readonly start: number;
  readonly end: number;
}

function referencesTo({ tokens }: Element, database: string): Reference[] {
  return tokens.flatMap(({ kind, value, start }, index) => {
    const [point, object] = [tokens[index + 1], tokens[index + 2]];
    const isOwn = kind === 'name' && value === database && point?.value === '.' && object?.kind === 'name';
    return isOwn ? [{ name: object.value, start, end: object.start }] : [];
  });
}
