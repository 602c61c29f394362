import type { Reporter } from '../../../core/reporter.ts';
import type { Statement } from '../../engine.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { missingMembers } from './missing-members.ts';

const membersToShow = 20;
/** What says that a function, a type, a table, a column or a schema is not there. */
const absentStates = ['42883', '42704', '42P01', '42703', '3F000'];

/**
 * Runs the statements of a load, with a look at extensions: what their scripts make here may not be all that they had at the
 * source, because it was added to them there, or belongs to another version.
 */
export class ExtensionStatements {
  readonly #session: Session;
  readonly #reporter: Reporter;
  /** What the archive's extensions had. */
  readonly #members: ReadonlyMap<string, readonly string[]>;
  /** The numbers of the extensions among the archive's objects, and of what changes their members. */
  readonly #objects = new Set<number>();

  constructor(
    session: Session,
    archived: readonly { readonly extension: string; readonly members: readonly string[] }[],
    reporter: Reporter,
  ) {
    this.#session = session;
    this.#reporter = reporter;
    this.#members = new Map(archived.map(({ extension, members }) => [extension, members]));
  }

  /** Runs one; a change of what an extension lacks here is left out with a warning. */
  async run(statement: Statement): Promise<void> {
    if (this.isAboutMember(statement)) return this.#change(statement);
    await this.#session.run(statement.sql);
    if (statement.kind === 'EXTENSION') await this.#compare(statement);
  }

  /** Whether it changes a member of an extension. To be asked of every statement, in their order. */
  isAboutMember({ kind, object, about }: Statement): boolean {
    if (kind === 'EXTENSION' || object === undefined) return false;
    // Of an object's statements only the first says what it is a part of.
    if (about?.partOf?.some((whole) => this.#objects.has(whole))) this.#objects.add(object);
    return this.#objects.has(object);
  }

  async #change(statement: Statement): Promise<void> {
    await this.#session.run('SAVEPOINT member');
    try {
      await this.#session.run(statement.sql);
    } catch (error) {
      if (!isServerError(error) || !absentStates.includes(error.code)) throw error;
      await this.#session.run('ROLLBACK TO SAVEPOINT member');
      const change = `${statement.kind.toLowerCase()} of ${statement.name}`;
      this.#reporter.warning(
        `Left out, for the extension lacks it here: ${change} (${serverMessage(error)}).`,
      );
    }
    await this.#session.run('RELEASE SAVEPOINT member');
  }

  /** Says what an extension had in the archive's database and does not have here. */
  async #compare({ name, object }: Statement): Promise<void> {
    if (object !== undefined) this.#objects.add(object);
    const missing = await missingMembers(this.#session, name, this.#members.get(name) ?? []);
    if (missing.length === 0) return;
    const shown = missing.slice(0, membersToShow).join(', ');
    const more = missing.length > membersToShow ? ` and ${missing.length - membersToShow} more` : '';
    this.#reporter.warning(
      `Extension ${name} does not make here what it had in the archived database: ${shown}${more}. What was added to it, ` +
        'or to its tables, is not in the archive: take it out of the extension at the source (ALTER EXTENSION … DROP …) to ' +
        'have it backed up.',
    );
  }
}
