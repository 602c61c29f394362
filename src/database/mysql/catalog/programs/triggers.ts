import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { withoutQualifiers } from '../../program-head.ts';
import { objectId } from '../object.ts';
import {
  contextOf,
  type ProgramObject,
  readProgram,
  requireText,
  type Surroundings,
  withExactHeader,
} from './program.ts';

/** Reads triggers so that those of a table and an event fire in the same order when they are made in this one. */
export async function readTriggers(
  session: Session,
  surroundings: Surroundings & { readonly isLeftOut?: (table: string) => boolean },
): Promise<ProgramObject[]> {
  // A trigger of MariaDB 12 may have several events, and a row for each.
  const rows = await session.query(`
    SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tableName, MAX(ACTION_ORDER) AS position
    FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
    GROUP BY TRIGGER_NAME, EVENT_OBJECT_TABLE
    ORDER BY EVENT_OBJECT_TABLE, position, TRIGGER_NAME`);
  const triggers: ProgramObject[] = [];
  for (const { name: anyName, tableName } of rows) {
    const name = anyName ?? '';
    const table = tableName ?? '';
    if (surroundings.isLeftOut?.(table)) continue;
    const about = { kind: 'TRIGGER', name, table, needs: [], partOf: [objectId('TABLE', table)] };
    const read = async () => {
      const [row = {}] = await session.query(`SHOW CREATE TRIGGER ${quoteName(name)}`);
      const context = contextOf(row);
      const text = row['SQL Original Statement'];
      const whole = requireText(text, `the trigger ${name}`, 'Grant it TRIGGER on the database.');
      // MariaDB keeps the database that whoever made it wrote.
      const shown = withoutQualifiers(whole);
      const names = [
        { before: 'TRIGGER ', name },
        { before: ' ON ', name: table },
      ];
      return { context, body: await withExactHeader(session, shown, context, { names, comment: null }) };
    };
    triggers.push(await readProgram(about, surroundings, read));
  }
  return triggers;
}
