import { startPostgres } from '../../test/servers/postgres.ts';
import { databaseFingerprint } from './database-fingerprint.ts';
import { createSampleApplication } from './sample-application.ts';
import type { SampleDatabase } from './sample-database.ts';

const NAME = 'harbour';

/** A database on a server of its own. */
export async function startPostgresDatabase(note: (text: string) => void): Promise<SampleDatabase> {
  const server = await startPostgres();
  note(`PostgreSQL ${server.version} on port ${server.port}, its data in ${server.socketDir}`);
  const url = server.url(NAME);
  return {
    url,
    async create(uploads) {
      await server.createDatabase(NAME);
      await createSampleApplication((sql, values) => server.query(NAME, sql, values), uploads);
    },
    fingerprint: () => databaseFingerprint(url),
    async lose() {
      await server.dropDatabase(NAME);
      await server.createDatabase(NAME);
      return 'Gone. A new, empty database stands in its place, no folder at all.';
    },
    stop: () => server.stop(),
    example: 'postgres://USER@HOST/DATABASE',
    left: null,
  };
}
