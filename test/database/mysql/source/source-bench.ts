import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { DatabaseSource, SourceOptions, TableSlice } from '../../../../src/database/engine.ts';
import { resolveConnection } from '../../../../src/database/mysql/connection/config.ts';
import { connect } from '../../../../src/database/mysql/connection/connect.ts';
import type { Session } from '../../../../src/database/mysql/connection/session.ts';
import { openSource } from '../../../../src/database/mysql/source/source.ts';
import { type MysqlServer, type MysqlVersion, startMysql } from '../../../servers/mysql.ts';
import { sourceOptions } from '../../../support/engine-options.ts';
import { type RecordingReporter, recordingReporter } from '../../../support/recording-reporter.ts';

export interface SourceBench {
  readonly server: MysqlServer;
  readonly reporter: RecordingReporter;
  /** Runs statements as root in the database `app`. */
  sql(...statements: readonly string[]): Promise<Record<string, unknown>[]>;
  /** Opens `app` for a backup. */
  open(options?: Partial<SourceOptions>, sliceBytes?: number): Promise<DatabaseSource>;
  /** Another connection to `app`, as the tool makes them. */
  connect(): Promise<Session>;
}

/** A server with an empty database `app` for each test. What a test opens is closed behind it. */
export function useSourceBench(version: MysqlVersion, args: readonly string[] = []): SourceBench {
  let server: MysqlServer;
  let reporter: RecordingReporter;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startMysql({ version, args });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    reporter = recordingReporter();
    await server.dropDatabase('app');
    await server.createDatabase('app');
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const keep = <One extends { close(): Promise<void> }>(one: One): One => {
    opened.push(one);
    return one;
  };
  return {
    get server() {
      return server;
    },
    get reporter() {
      return reporter;
    },
    sql: (...statements) => server.query('app', statements.join(';\n')),
    open: async (options = {}, sliceBytes) =>
      keep(await openSource(sourceOptions(server.url('app'), { reporter, jobs: 2, ...options }), sliceBytes)),
    connect: async () => {
      const config = await resolveConnection({ url: server.url('app'), env: {}, reporter });
      return keep(await connect(config, new AbortController().signal));
    },
  };
}

/** The rows of a table, or of a slice of it, as its parts have them. */
export async function readParts(
  source: DatabaseSource,
  name: string,
  { partBytes = 8 << 20, slice }: { partBytes?: number; slice?: TableSlice | undefined } = {},
): Promise<Buffer[]> {
  const table = source.tables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`the backup has no table ${name}`);
  const parts: Buffer[] = [];
  for await (const part of source.parts(table, partBytes, slice)) {
    parts.push(Buffer.concat(await Array.fromAsync(part.chunks)));
    const lines = parts.at(-1)!.toString('latin1').split('\n');
    if (lines.filter((line) => /^[ ,]/.test(line)).length !== part.rows())
      throw new Error('rows are miscounted');
  }
  return parts;
}

/** The rows of a table as text, a line each, without what is around them. */
export async function readRows(source: DatabaseSource, name: string, slice?: TableSlice): Promise<string[]> {
  const text = Buffer.concat(await readParts(source, name, { slice })).toString('latin1');
  return text
    .split('\n')
    .filter((line) => /^[ ,]/.test(line))
    .map((line) => line.slice(1));
}
