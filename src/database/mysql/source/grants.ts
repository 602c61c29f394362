import { quoteName } from '../columns.ts';
import type { Session } from '../connection/session.ts';

/** What an account may do with single tables or views of one database, beyond what it may with all of them. */
export class TableGrants {
  readonly #privileges = new Map<string, Set<string>>();

  /** @param lines of SHOW GRANTS */
  constructor(lines: readonly string[], database: string) {
    const line = new RegExp(
      `^GRANT ((?:[^\`]|\`(?:[^\`]|\`\`)*\`)*?) ON ${RegExp.escape(quoteName(database))}\\.\`((?:[^\`]|\`\`)*)\` TO `,
      's',
    );
    for (const [, privileges = '', table = ''] of lines.map((text) => line.exec(text) ?? [])) {
      // Those on columns alone are none on the table.
      const whole = privileges.replaceAll(/\w+ \((?:[^`)]|`(?:[^`]|``)*`)*\)/g, '').split(/, ?/);
      this.#add(table.replaceAll('``', '`'), whole);
    }
  }

  may(privilege: string, table: string): boolean {
    const privileges = this.#privileges.get(table);
    return privileges !== undefined && (privileges.has(privilege) || privileges.has('ALL PRIVILEGES'));
  }

  #add(table: string, privileges: readonly string[]): void {
    const known = this.#privileges.get(table) ?? new Set();
    for (const privilege of privileges) known.add(privilege);
    this.#privileges.set(table, known);
  }
}

/** What SHOW GRANTS tells of single tables. */
export async function readTableGrants(session: Session, database: string): Promise<TableGrants> {
  const rows = await session.query('SHOW GRANTS');
  return new TableGrants(
    rows.flatMap((row) => Object.values(row).filter((text) => text !== null)),
    database,
  );
}
