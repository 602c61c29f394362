import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { commandsOf, preflight } from './preflight-bench.ts';
import { facts } from './target-bench.ts';

/** Locales of newer servers' databases, with the first server that has them. */
const LOCALES = [
  { localeProvider: 'builtin', locale: 'C.UTF-8', since: 17 },
  { localeProvider: 'builtin', locale: 'PG_UNICODE_FAST', since: 18 },
  { localeProvider: 'icu', locale: 'de', since: 15 },
  { localeProvider: 'icu', locale: 'de', icuRules: '&V << w', since: 16 },
] as const;

describe.each([13, 15] as const)('preflight for a locale that server %i does not know', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.createDatabase('app', { encoding: 'LATIN1', locale: 'C' });
  }, 60_000);
  afterAll(() => server?.stop());

  it.each(LOCALES.filter(({ since }) => since > version))(
    'tells what it can have, of $localeProvider $locale',
    async ({ since, ...locale }) => {
      const archived = facts({ versionNumber: 130000, version: '13', collate: 'C', ctype: 'C', ...locale });
      const { hints } = await preflight(server.url('app'), archived);
      const command = commandsOf(hints[0] ?? '')[0] ?? '';
      expect(command).toContain("ENCODING 'UTF8'");
      await server.dropDatabase('made');
      await server.query('postgres', command.replace('DATABASE app', 'DATABASE made'));
      const found = await preflight(server.url('made'), archived);
      expect(found.messages).toEqual([]);
      expect(found.warnings).toEqual([
        expect.stringMatching(new RegExp(`To have the same, restore into PostgreSQL ${since} or newer\\.$`)),
      ]);
    },
  );
});
