import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { resolveConnection } from '../../../src/database/postgres/connection/config.ts';
import { connect } from '../../../src/database/postgres/connection/connect.ts';
import type { LockPatience } from '../../../src/core/lock-patience.ts';
import { beginLockedSnapshot } from '../../../src/database/postgres/source/locks.ts';
import { readParts } from '../../../src/database/postgres/source/rows.ts';
import { Snapshot } from '../../../src/database/postgres/source/snapshot.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';

/** A limit for what happens soon, even on a busy machine. */
export const patient = { timeout: 30_000 };

/** A server with an empty database `app`, made anew for each test. */
export interface SnapshotBench {
  readonly server: PostgresServer;
  readonly reporter: RecordingReporter;
  /** Interrupts the snapshots of the test. */
  readonly controller: AbortController;
  /** Opens a snapshot of `app` without the table `excluded`. It is closed after the test. */
  open(jobs?: number, options?: { role?: string; patience?: LockPatience }): Promise<Snapshot>;
  /** All rows of a table. */
  read(snapshot: Snapshot, name: string, columns?: string[], encoding?: string): Promise<Buffer>;
}

export const table = (name: string, ...columns: string[]) => ({ schema: 'public', name, columns });

/** Registers the hooks that keep a bench for the tests of a file. */
export function useSnapshotBench(): SnapshotBench {
  let server: PostgresServer;
  let reporter: RecordingReporter;
  let controller: AbortController;
  const opened: Snapshot[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    controller = new AbortController();
    reporter = recordingReporter();
    await server.createDatabase('app');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((snapshot) => snapshot.close()));
    await server.dropDatabase('app');
  });

  return {
    get server() {
      return server;
    },
    get reporter() {
      return reporter;
    },
    get controller() {
      return controller;
    },
    async open(jobs = 1, options = {}) {
      const config = await resolveConnection({ url: server.url('app', options.role), env: {}, reporter });
      const { signal } = controller;
      const leader = await connect(config, signal);
      try {
        const isExcluded = (_: string, name: string): boolean => name === 'excluded';
        const name = await beginLockedSnapshot(leader, isExcluded, reporter, options.patience);
        const snapshot = new Snapshot(leader, name, { config, jobs, signal, reporter });
        opened.push(snapshot);
        return snapshot;
      } catch (error) {
        await leader.close();
        throw error;
      }
    },
    async read(snapshot, name, columns = ['id'], encoding = 'UTF8') {
      const chunks: Buffer[] = [];
      for await (const part of readParts(snapshot, table(name, ...columns), encoding, 1 << 20)) {
        for await (const chunk of part.chunks) chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}
