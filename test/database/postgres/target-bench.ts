import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type {
  DatabaseFacts,
  DatabaseTarget,
  Statement,
  TargetOptions,
} from '../../../src/database/engine.ts';
import { openTarget } from '../../../src/database/postgres/target/target.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { targetOptions } from '../../support/engine-options.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';

/** A server with an empty database `app`, made anew for each test. */
export interface TargetBench {
  readonly server: PostgresServer;
  readonly reporter: RecordingReporter;
  /** Interrupts the targets that are opened from now on; a test may put another in its place. */
  controller: AbortController;
  /** Opens `app` as superuser, or what `url` says. It is closed after the test. */
  open(
    options?: Partial<
      Pick<TargetOptions, 'url' | 'noOwner' | 'noPrivileges' | 'definer' | 'jobs' | 'replace'>
    >,
  ): Promise<DatabaseTarget>;
  /** What there is in `app` for others: its relations in schema public. */
  tables(): Promise<unknown[]>;
}

/** Registers the hooks that keep a bench for the tests of a file. */
export function useTargetBench(): TargetBench {
  let server: PostgresServer;
  let reporter: RecordingReporter;
  const opened: DatabaseTarget[] = [];
  const bench: TargetBench = {
    get server() {
      return server;
    },
    get reporter() {
      return reporter;
    },
    controller: new AbortController(),
    open: async (options) => {
      const signal = bench.controller.signal;
      const target = await openTarget(targetOptions(server.url('app'), { ...options, reporter, signal }));
      opened.push(target);
      return target;
    },
    tables: () =>
      server.query('app', `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
  };

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    bench.controller = new AbortController();
    reporter = recordingReporter();
    await server.createDatabase('app');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((target) => target.close()));
    await server.dropDatabase('app');
  });
  return bench;
}

/** A statement for the table `t`, or what its kind and name say. */
export const statement = (sql: string, kind = 'TABLE', name = 't'): Statement => ({
  kind,
  schema: 'public',
  name,
  sql,
});
export const table = { schema: 'public', name: 't', columns: ['id'] };
export const createTable = statement('CREATE TABLE public.t (id int PRIMARY KEY);');

/** Facts of an archive that fits the bench's server. */
export function facts(changes: Record<string, unknown> = {}): DatabaseFacts {
  return {
    engine: 'postgres',
    version: '18.1',
    versionNumber: 180001,
    database: 'app',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'builtin',
    locale: 'C.UTF-8',
    snapshot: null,
    requires: {
      roles: { owners: [], privileges: [], others: [] },
      extensions: [],
      languages: [],
      tablespaces: [],
      collations: [],
      accessMethods: [],
    },
    ...changes,
  };
}

/** The roles of an archive's statements. */
export const roles = (lists: { owners?: string[]; privileges?: string[]; others?: string[] }) => ({
  roles: { owners: [], privileges: [], others: [], ...lists },
});

export const requires = (changes: Record<string, unknown>) =>
  facts({ requires: { ...(facts()['requires'] as object), ...changes } });
