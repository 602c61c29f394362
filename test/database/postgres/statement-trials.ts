import { Readable } from 'node:stream';
import { Client } from 'pg';
import {
  type DatabaseSource,
  type DatabaseTarget,
  PRIVILEGES_KIND,
  type Statement,
} from '../../../src/database/engine.ts';
import { openTarget } from '../../../src/database/postgres/target/target.ts';
import type { PostgresServer } from '../../servers/postgres.ts';
import { targetOptions } from '../../support/engine-options.ts';
import type { LoadOptions } from './preflight-bench.ts';

/** Something of an archive that a server refused to a role. */
export interface Refusal {
  readonly statement: Pick<Statement, 'kind' | 'schema' | 'name' | 'sql'>;
  readonly message: string;
}

const partBytes = 1 << 20;

/**
 * Loads all of a source as `role` and gives each statement that the server refuses, not only the first: those are run
 * again while the role is a superuser for the time, so that what follows finds what it needs. Commits nothing.
 */
export async function refusals(
  server: PostgresServer,
  database: string,
  role: string,
  source: DatabaseSource,
  options: LoadOptions = {},
): Promise<Refusal[]> {
  const administrator = new Client(server.socketUrl());
  await administrator.connect();
  const target = await openTarget(targetOptions(server.url(database, role), options));
  const found: Refusal[] = [];
  try {
    await target.begin(source.facts);
    const setSuperuser = async (is: boolean): Promise<void> => {
      await administrator.query(`ALTER ROLE ${role} ${is ? 'SUPERUSER' : 'NOSUPERUSER'}`);
      // A session looks at what others changed when it takes a lock that it does not have.
      const look = 'SELECT FROM pg_catalog.pg_timezone_names LIMIT 0';
      await command(target, `SAVEPOINT look; ${look}; ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look`);
    };
    const attempt = async (statement: Refusal['statement'], run: () => Promise<unknown>): Promise<void> => {
      await command(target, 'SAVEPOINT trial');
      try {
        await run();
      } catch (error) {
        found.push({ statement, message: (error as Error).message });
        await command(target, 'ROLLBACK TO SAVEPOINT trial');
        await setSuperuser(true);
        try {
          await run();
        } catch (second) {
          // Whether a session may speak for others is settled when it begins.
          if (statement.kind !== PRIVILEGES_KIND) throw second;
        } finally {
          if (statement.kind === PRIVILEGES_KIND) await command(target, 'ROLLBACK TO SAVEPOINT trial');
          await setSuperuser(false);
        }
      }
      await command(target, 'RELEASE SAVEPOINT trial');
    };
    for (const statement of source.preData) await attempt(statement, () => target.execute(statement));
    for (const table of source.tables) {
      const { schema, name } = table;
      for await (const { chunks } of source.parts(table, partBytes)) {
        const rows: Uint8Array[] = [];
        for await (const chunk of chunks) rows.push(chunk);
        await attempt({ kind: 'ROWS', schema, name, sql: '' }, () => target.load(table, Readable.from(rows)));
      }
    }
    for (const statement of source.postData) await attempt(statement, () => target.execute(statement));
    await target.rollback();
  } finally {
    await target.close();
    await administrator.end();
  }
  return found;
}

function command(target: DatabaseTarget, sql: string): Promise<void> {
  return target.execute({ kind: 'TRIAL', schema: null, name: sql, sql });
}
