import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';

const emptyQuery = 1065;

/** What a session is set for. */
type Mode = 'schema' | 'rows';

/** One of a load's connections, with what it is set for. */
interface Connection {
  readonly session: Session;
  mode: Mode;
}

/** The connections of a load, in its side database; each does one thing at a time, and more wait. */
export class Connections {
  readonly #all: Connection[] = [];
  readonly #free: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  /** Settings of the archive, which hold for all of its statements. */
  readonly #settings = new Set<string>();

  /** Takes a session in that is set for statements of a schema. */
  add(session: Session): void {
    const connection: Connection = { session, mode: 'schema' };
    this.#all.push(connection);
    this.#free.push(connection);
  }

  /** Does `work` on a connection that is free, set for `mode`. */
  async use<Result>(mode: Mode, work: (session: Session) => Promise<Result>): Promise<Result> {
    const connection = await this.#take();
    try {
      if (connection.mode !== mode) {
        if (mode === 'schema') await this.reset(connection.session);
        else for (const sql of rowSettings(connection.session)) await connection.session.run(sql);
        connection.mode = mode;
      }
      return await work(connection.session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#free.push(connection);
    }
  }

  /** Runs a setting on every connection, now and whenever they are set for statements again. None may be at work. */
  async set(sql: string): Promise<void> {
    for (const connection of this.#all) {
      if (connection.mode !== 'schema') {
        await this.reset(connection.session);
        connection.mode = 'schema';
      }
      await runSetting(connection.session, sql);
      await leaveDirectoriesOut(connection.session);
    }
    this.#settings.add(sql);
  }

  /** For statements of the archive again, whatever a program has set on a session. */
  async reset(session: Session): Promise<void> {
    for (const sql of [schemaSettings, ...this.#settings]) await runSetting(session, sql);
    await leaveDirectoriesOut(session);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ session }) => session.close()));
  }

  #take(): Promise<Connection> {
    const connection = this.#free.shift();
    if (connection) return Promise.resolve(connection);
    const { promise, resolve } = Promise.withResolvers<Connection>();
    this.#waiting.push(resolve);
    return promise;
  }
}

/** A setting that is for other servers is a comment, and a statement that is empty. */
async function runSetting(session: Session, sql: string): Promise<void> {
  try {
    await session.run(sql);
  } catch (error) {
    if (!isServerError(error) || error.code !== emptyQuery) throw error;
  }
}

/**
 * Makes tables in the folder of their database, whatever DATA DIRECTORY says: when they are renamed into another database, MariaDB leaves
 * behind what tells where their files are, and no longer finds them when it is started again.
 */
async function leaveDirectoriesOut(session: Session): Promise<void> {
  if (session.server.flavor !== 'mariadb') return;
  await session.run("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_DIR_IN_CREATE')");
}

/**
 * What a session is set to before statements of a schema; an archive's own settings come on top. MEMORY tables may hold what those at the
 * source do: how much that is, is fixed when they are made.
 */
export const schemaSettings =
  "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, SESSION sql_mode = '', time_zone = '+00:00', foreign_key_checks = 0, unique_checks = 0, group_concat_max_len = DEFAULT, max_heap_table_size = 18446744073709550592 /*!80400 , restrict_fk_on_non_standard_key = 0 */";

/**
 * Values arrive as they are, and MariaDB tells as many warnings as it can; MySQL tells 1024, unless an administrator asks. Without
 * unique_checks MariaDB would insert into an empty table in a way of its own, which takes it twice the time, and the table for itself.
 */
function rowSettings({ server }: Session): string[] {
  const uniqueChecks = server.flavor === 'mariadb' ? 1 : 0;
  const settings = [
    `SET NAMES binary, time_zone = '+00:00', foreign_key_checks = 0, unique_checks = ${uniqueChecks}`,
  ];
  if (server.flavor === 'mysql') return settings;
  settings.push('SET SESSION max_error_count = 65535');
  if (server.number >= 101100) settings.push('SET SESSION system_versioning_insert_history = 1');
  return settings;
}
