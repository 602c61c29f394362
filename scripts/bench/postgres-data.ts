import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from } from 'pg-copy-streams';
import { type PostgresServer, startPostgres } from '../../test/servers/postgres.ts';
import { cpuSecondsBelow } from './server-cpu.ts';
import { documents } from './rows.ts';

const MEBIBYTE = 2 ** 20;

/** As a server has it that keeps what it was given: tests turn these off. */
const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: `${Math.floor(Math.min(2048, totalmem() / 4 / MEBIBYTE))}MB`,
  max_wal_size: '4GB',
  maintenance_work_mem: '256MB',
};

/** Rows, and with them about 830 MB of COPY text: 517 of documents, 292 of accounts. */
const ROWS = { documents: 70_000, accounts: 3_000_000, versions: 200_000, events: 100_000 };
const ACCOUNTS_A_BRANCH = 100_000;
const CHUNK_CHARACTERS = 2 ** 20;

const TABLES = `
CREATE TABLE documents (id bigint PRIMARY KEY, title text NOT NULL, data jsonb NOT NULL, tags text[] NOT NULL,
  hash bytea NOT NULL, body text NOT NULL, created timestamptz NOT NULL);
CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84));
CREATE TABLE versions (id bigserial PRIMARY KEY, document bigint NOT NULL, at timestamptz NOT NULL, note text);
CREATE TABLE events (id int PRIMARY KEY, at timestamptz NOT NULL, note text);
`;

const KEYS = `
ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);
ALTER TABLE pgbench_accounts ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE versions ADD FOREIGN KEY (document) REFERENCES documents;
CREATE INDEX ON documents (created);
CREATE INDEX ON documents USING gin (tags);
CREATE INDEX ON versions (document);
`;

/** A server for a bench, with what tells its CPU time. */
export interface BenchServer extends PostgresServer {
  /** CPU seconds of all its processes so far. */
  cpuSeconds(): Promise<number>;
  /** Its version, and the settings that matter. */
  readonly about: string;
}

/** PostgreSQL 15, or the one given, with the settings of a real server. */
export async function startBenchServer(): Promise<BenchServer> {
  const server = await startPostgres({ version: 15, settings: SETTINGS });
  const pid = Number(
    (await readFile(join(server.socketDir, 'data', 'postmaster.pid'), 'latin1')).split('\n')[0],
  );
  const [{ server_version: release } = {}] = await server.query('postgres', 'SHOW server_version');
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name} = ${value}`);
  return {
    ...server,
    cpuSeconds: () => cpuSecondsBelow(pid),
    about: `PostgreSQL ${release}, ${settings.join(', ')}`,
  };
}

/**
 * Makes a database and fills it: documents with jsonb, text[], bytea and long text, accounts as pgbench has them, two
 * smaller tables, indexes and foreign keys. The same rows each time.
 * @param scale 1 for about 830 MB of COPY text
 */
export async function fillPostgres(server: PostgresServer, database: string, scale: number): Promise<void> {
  await server.createDatabase(database);
  await server.query(database, TABLES);
  const count = (table: keyof typeof ROWS): number => Math.max(1, Math.round(ROWS[table] * scale));
  const client = new Client(server.socketUrl(database));
  await client.connect();
  try {
    await pipeline(
      Readable.from(documentLines(count('documents'))),
      client.query(from('COPY documents FROM STDIN')),
    );
    const branches = Math.ceil(count('accounts') / ACCOUNTS_A_BRANCH);
    await client.query(`
      INSERT INTO pgbench_branches SELECT i, 0, '' FROM generate_series(1, ${branches}) AS i;
      INSERT INTO pgbench_accounts
        SELECT i, (i - 1) / ${ACCOUNTS_A_BRANCH} + 1, 0, '' FROM generate_series(1, ${count('accounts')}) AS i;
      INSERT INTO versions (document, at, note)
        SELECT 1 + i % ${count('documents')}, '2026-01-01'::timestamptz + i * interval '1 s', md5(i::text)
        FROM generate_series(1, ${count('versions')}) AS i;
      INSERT INTO events SELECT i, '2026-01-01'::timestamptz + i * interval '1 min', md5(i::text)
        FROM generate_series(1, ${count('events')}) AS i;
      ${KEYS}`);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

function* documentLines(count: number): Generator<Buffer, void, void> {
  let lines = '';
  for (const { id, title, data, tags, hash, body, created } of documents(count, 1)) {
    const list = `{${tags.map((tag) => `"${tag}"`).join(',')}}`;
    lines += `${[id, escape(title), escape(data), list, String.raw`\\x${hash}`, escape(body), `${created}+00`].join('\t')}\n`;
    if (lines.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

function escape(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}
