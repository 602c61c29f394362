import type { Problem } from '../../../core/problem.ts';
import type { TargetOptions } from '../../engine.ts';
import { isServerError, type ServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

/** An event trigger of the target, which may fire on what a preflight tries. */
interface EventTrigger {
  /** Quoted. */
  readonly name: string;
  /** Its function, as the server names it in the context of an error, by languages. */
  readonly functions: readonly string[];
  /** Whether it goes before the load begins. */
  readonly isReplaced: boolean;
}

/** The event triggers of the target: those that will be replaced are kept from firing, of the others is told what they refuse. */
export class EventTriggers {
  readonly #triggers: readonly EventTrigger[];
  readonly #refusals = new Map<EventTrigger, string>();

  constructor(triggers: readonly EventTrigger[]) {
    this.#triggers = triggers;
  }

  /** To be called in each transaction that tries something and is rolled back. */
  async silence(session: Session): Promise<void> {
    const names = this.#triggers.filter(({ isReplaced }) => isReplaced).map(({ name }) => name);
    if (names.length === 0) return;
    await session.run('SAVEPOINT silence');
    try {
      // No event trigger fires on that, and nobody else sees it.
      await session.query(names.map((name) => `ALTER EVENT TRIGGER ${name} DISABLE`).join(';\n'));
    } catch (error) {
      if (!isServerError(error)) throw error;
      await session.run('ROLLBACK TO SAVEPOINT silence');
    }
  }

  /** Whether an error comes from an event trigger, and says nothing of the statement itself. */
  claims(error: ServerError): boolean {
    const { where = '' } = error;
    const trigger = this.#triggers.find(({ functions }) => functions.some((name) => where.includes(name)));
    if (trigger === undefined) return false;
    this.#refusals.set(trigger, serverMessage(error));
    return true;
  }

  get refusals(): { readonly name: string; readonly message: string }[] {
    return [...this.#refusals].map(([{ name }, message]) => ({ name, message }));
  }
}

/** Those that are enabled in a session's database. */
export async function readEventTriggers(
  session: Session,
  { replace }: Pick<TargetOptions, 'replace'>,
): Promise<EventTriggers> {
  const rows = await session.query(`
    SELECT pg_catalog.quote_ident(t.evtname) AS name, t.evtfoid::pg_catalog.regprocedure::text AS signature, p.proname,
      (pg_catalog.pg_has_role(t.evtowner, 'USAGE') AND (r.rolsuper OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')))::text AS mine
    FROM pg_catalog.pg_event_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.evtfoid
    JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user
    WHERE t.evtenabled <> 'D' ORDER BY t.evtname`);
  return new EventTriggers(
    rows.map(({ name, signature, proname, mine }) => ({
      name: name ?? '',
      // PL/pgSQL says the one, the other languages the other.
      functions: [` function ${signature} `, ` function "${proname}"`],
      isReplaced: replace && mine === 'true',
    })),
  );
}

/** Event triggers that refuse what a restore has to do. To be asked behind all that tries something. */
export function eventTriggerProblems({
  eventTriggers,
}: {
  readonly eventTriggers: EventTriggers;
}): Promise<Problem[]> {
  return Promise.resolve(
    eventTriggers.refusals.map(({ name, message }) => ({
      message: `the event trigger ${name} of the target database refuses what a restore does: ${message}`,
      hint: `as its owner or a superuser, until the restore is done: ALTER EVENT TRIGGER ${name} DISABLE;`,
    })),
  );
}
