import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { Statement } from '../../../engine.ts';
import { quoteText } from '../../catalog/literals.ts';
import { BROKEN_VIEW_KIND } from '../../catalog/programs/views.ts';
import { quoteName } from '../../columns.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { withDefiner } from '../../definer.ts';
import { disabledEvent } from './disabled-event.ts';

/** Statements of what can be dropped and made again at any time: they run in the side database to be tried, and again in the swap. */
const PROGRAM_KINDS: ReadonlySet<string> = new Set([
  'LIBRARY',
  'FUNCTION',
  'PROCEDURE',
  'PACKAGE',
  'PACKAGE BODY',
  'VIEW',
  BROKEN_VIEW_KIND,
  'TRIGGER',
  'EVENT',
]);

export function isProgram({ kind }: Statement): boolean {
  return PROGRAM_KINDS.has(kind);
}

/** Where MySQL keeps the bodies of programs that may take in what stands behind them. */
const bodies: Readonly<Record<string, Body>> = {
  FUNCTION: { of: 'ROUTINE', column: 'ROUTINE_DEFINITION', and: "AND ROUTINE_TYPE = 'FUNCTION'" },
  PROCEDURE: { of: 'ROUTINE', column: 'ROUTINE_DEFINITION', and: "AND ROUTINE_TYPE = 'PROCEDURE'" },
  TRIGGER: { of: 'TRIGGER', column: 'ACTION_STATEMENT', and: '' },
  EVENT: { of: 'EVENT', column: 'EVENT_DEFINITION', and: '' },
};

interface Body {
  readonly of: string;
  readonly column: string;
  readonly and: string;
}

/**
 * Makes a program in the default database to see that the server takes it, as one of the connecting account: whoever it is to run as
 * needs rights in its own database alone. An event stays disabled, and is gone afterwards: it must not run beside the old.
 * @param statements the server's, of the program's text
 * @returns those of them behind which no other statement may stand in a packet
 */
export async function tryProgram(
  session: Session,
  { kind, name }: Statement,
  statements: readonly string[],
): Promise<string[]> {
  const last: string[] = [];
  let isDisabled = false;
  for (const sql of statements) {
    const own = withDefiner(sql, null);
    const disabled = kind === 'EVENT' ? disabledEvent(own) : null;
    isDisabled ||= disabled !== null;
    if (kind === 'EVENT' && own.startsWith('CREATE ') && disabled === null) throw strangeEvent(name);
    const body = session.server.flavor === 'mysql' && sql.startsWith('CREATE ') ? bodies[kind] : undefined;
    if (body === undefined) await session.run(disabled ?? own);
    else if (!(await endsByItself(session, disabled ?? own, name, body))) last.push(sql);
  }
  if (kind === 'EVENT') {
    if (!isDisabled) throw strangeEvent(name);
    await session.run(`DROP EVENT IF EXISTS ${quoteName(name)}`);
  }
  return last;
}

/**
 * Makes a program with another statement behind it. MySQL takes the semicolon between the two into the body, unless it knows without it where
 * the body ends, as it does behind BEGIN … END.
 */
async function endsByItself(session: Session, sql: string, name: string, body: Body): Promise<boolean> {
  // What has one already was made so.
  if (/;\s*$/.test(sql)) {
    await session.run(sql);
    return false;
  }
  await session.run(`${sql}\n;\nDO 0`);
  await session.run('SET NAMES utf8mb4');
  const { of, column, and } = body;
  const [row] = await session.query(
    `SELECT ${column} LIKE '%;' AS took FROM information_schema.${of}S
    WHERE ${of}_SCHEMA = DATABASE() AND ${of}_NAME = ${quoteText(name)} ${and}`,
  );
  return row?.['took'] === '0';
}

function strangeEvent(name: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `The archive's event ${printable(name)} is not written as servers write it.`,
    {
      hint: 'No backup has such an event: somebody changed the archive. Nothing was changed.',
    },
  );
}

/** After the failure of a broken view: what was made to stand in for what it lacks must not stay. */
export async function removeStandIns(session: Session, statements: readonly string[]): Promise<void> {
  for (const sql of statements.filter((statement) => statement.startsWith('DROP '))) {
    try {
      await session.run(sql);
    } catch (error) {
      if (!isServerError(error)) throw error;
    }
  }
}

/** Whether a failure of this program is told and passed over: it did not work at the source either. */
export function mayFail({ kind }: Statement): boolean {
  return kind === BROKEN_VIEW_KIND;
}
