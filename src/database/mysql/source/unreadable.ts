import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { quoteName } from '../columns.ts';
import type { Session } from '../connection/session.ts';
import { type Privileges, readPrivileges } from '../privileges.ts';
import { readTableGrants, type TableGrants } from './grants.ts';

/** How many a message names before it only counts. */
const MAX_NAMED = 50;

/** Each of these, on all of a database, shows an account all names of its tables and views. */
const SHOWS_TABLES = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'REFERENCES',
  'INDEX',
  'ALTER',
  'CREATE VIEW',
  'SHOW VIEW',
  'TRIGGER',
];
/** And these all names of its routines. */
const SHOWS_ROUTINES = ['EXECUTE', 'ALTER ROUTINE', 'CREATE ROUTINE'];

/** What is to be backed up. */
export interface Wanted {
  /** Whether a table or view is. */
  readonly isWanted: (name: string) => boolean;
  /** Whether all that belongs to no table is, too: events and routines. */
  readonly isWhole: boolean;
}

/** Something that an account may not read, and what lets it. */
interface Unreadable {
  readonly what: string;
  readonly mend: string;
}

/**
 * Looks before a backup for everything that the account may not read. What a server does not let an account see it does not
 * even mention: tables, triggers, events and routines would be missing without a word.
 * @throws HoldfastError `failed` naming all of it, with what mends it
 */
export async function refuseUnreadable(session: Session, wanted: Wanted): Promise<void> {
  const privileges = await readPrivileges(session);
  const tables = await readTableGrants(session, session.database);
  const context: Context = { session, privileges, tables, wanted };
  const found = [
    ...(await unreadableTables(context)),
    ...(wanted.isWhole ? unreadableEvents(context) : []),
    ...(wanted.isWhole ? await unreadableRoutines(context) : []),
  ];
  if (found.length === 0) return;
  const lines = found.slice(0, MAX_NAMED).map(({ what }) => printable(what));
  if (found.length > MAX_NAMED) lines.push(`and ${found.length - MAX_NAMED} more`);
  throw new HoldfastError(
    'failed',
    `The account ${printable(privileges.account)} cannot read all of ${session.name}:\n  ${lines.join('\n  ')}`,
    { hint: [...new Set(found.map(({ mend }) => printable(mend)))].join('\n') },
  );
}

interface Context {
  readonly session: Session;
  readonly privileges: Privileges;
  readonly tables: TableGrants;
  readonly wanted: Wanted;
}

async function unreadableTables(context: Context): Promise<Unreadable[]> {
  const { session, privileges, tables, wanted } = context;
  const { database } = session;
  const found: Unreadable[] = [];
  if (wanted.isWhole && !SHOWS_TABLES.some((privilege) => privileges.may(privilege, database))) {
    found.push({
      what: 'tables and views that it has no right on: it does not even see them',
      mend: `${grant(context, 'SELECT')} To back up certain tables alone: --table.`,
    });
  }
  const lacks = (privilege: string, name: string): boolean =>
    !privileges.may(privilege, database) && !tables.may(privilege, name);
  for (const row of await session.query('SHOW FULL TABLES')) {
    const [name, type] = Object.values(row) as [string, string];
    if (!wanted.isWanted(name)) continue;
    const isView = type === 'VIEW';
    const title = isView ? 'view' : 'table';
    const needs = isView ? ['SELECT', 'SHOW VIEW'] : type === 'SEQUENCE' ? ['SELECT'] : ['SELECT', 'TRIGGER'];
    for (const privilege of needs.filter((one) => lacks(one, name))) {
      const what =
        privilege === 'TRIGGER'
          ? `triggers of table ${name}: it lacks TRIGGER, and does not see any`
          : `${title} ${name}: it lacks ${privilege}`;
      found.push({ what, mend: grant(context, privilege) });
    }
  }
  return found;
}

function unreadableEvents(context: Context): Unreadable[] {
  const { privileges, session } = context;
  if (privileges.may('EVENT', session.database)) return [];
  return [{ what: 'events: it lacks EVENT, and does not see any', mend: grant(context, 'EVENT') }];
}

async function unreadableRoutines(context: Context): Promise<Unreadable[]> {
  const { privileges, session } = context;
  const { database, server } = session;
  const isMariadb = server.flavor === 'mariadb';
  if (isMariadb) {
    const proc = await readTableGrants(session, 'mysql');
    if (privileges.may('SELECT', 'mysql') || proc.may('SELECT', 'proc')) return [];
    if (privileges.may('SHOW CREATE ROUTINE', database)) return [];
  } else if (privileges.may('SHOW_ROUTINE') || privileges.may('SELECT')) {
    return [];
  }
  const account = accountName(context);
  const mend = !isMariadb
    ? `GRANT SHOW_ROUTINE ON *.* TO ${account};`
    : server.number >= 110300
      ? grant(context, 'SHOW CREATE ROUTINE')
      : `GRANT SELECT ON mysql.proc TO ${account};`;
  if (!SHOWS_ROUTINES.some((privilege) => privileges.may(privilege, database))) {
    return [{ what: 'routines: it sees none but its own', mend }];
  }
  const rows = await session.query(`
    SELECT LOWER(ROUTINE_TYPE) AS type, ROUTINE_NAME AS name FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_DEFINITION IS NULL`);
  return rows.map((row) => ({ what: `${row['type']} ${row['name']}: it may not see what it does`, mend }));
}

function grant(context: Context, privilege: string): string {
  return `GRANT ${privilege} ON ${quoteName(context.session.database)}.* TO ${accountName(context)};`;
}

/** As statements have it: `` `app`@`%` ``. */
function accountName({ privileges: { account } }: Context): string {
  const at = account.lastIndexOf('@');
  return at === -1
    ? quoteName(account)
    : `${quoteName(account.slice(0, at))}@${quoteName(account.slice(at + 1))}`;
}
