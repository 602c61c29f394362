import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findMysql, startMysql } from '../../test/servers/mysql.ts';
import type { Bench, Part } from './bench.ts';
import { makeSmallFiles, noiseOf } from './file-data.ts';
import { type Command, holdfast, measure, shell } from './measure.ts';
import { MYSQL_SETTINGS } from './mysql-data.ts';
import { startBenchServer } from './postgres-data.ts';
import { markdownTable, mebibytes } from './table.ts';

const USUAL_LIMIT = 256;
/** For a row of 200 MB and for a million files. */
const HIGH_LIMIT = 512;

const TABLE_BYTES = 10 * 2 ** 30;
const TABLE_ROW_BYTES = 96_000;
const ROW_BYTES = 200_000_000;
const FILES = 100_000;
const MANY_FILES = 1_000_000;

const SECTIONS = { table: benchTable, row: benchRow, files: benchFiles, 'many-files': benchManyFiles };

/** What Holdfast holds at most where there is much of something; each job once, with default settings. */
export const memoryPart: Part = {
  onRequest: true,
  sections: Object.keys(SECTIONS),
  run: async (bench, wanted) => {
    const checks = new MemoryChecks(bench);
    try {
      for (const [name, section] of Object.entries(SECTIONS)) if (wanted(name)) await section(bench, checks);
    } finally {
      checks.print();
    }
  },
};

/** The rows of one table. */
class MemoryChecks {
  readonly #bench: Bench;
  readonly #rows: string[][] = [];
  /** By limit. */
  readonly #highest = new Map<number, { readonly title: string; readonly peakBytes: number }>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async run(title: string, limit: number, command: Command): Promise<void> {
    const { seconds, cpuSeconds, peakBytes } = await measure(command, this.#bench.scratch);
    this.#bench.report.progress(`  ${mebibytes(peakBytes)} MiB, ${seconds.toFixed(1)} s ${title}`);
    this.#rows.push([title, mebibytes(peakBytes), String(limit), seconds.toFixed(1), cpuSeconds.toFixed(1)]);
    const highest = this.#highest.get(limit);
    if (highest === undefined || peakBytes > highest.peakBytes)
      this.#highest.set(limit, { title, peakBytes });
  }

  /** Backup, verify and restore, also of an archive from standard input; the archive is removed. */
  async roundTrip(
    what: string,
    limit: number,
    options: { source: readonly string[]; target: () => Promise<readonly string[]>; pipe?: boolean },
  ): Promise<void> {
    const { scratch } = this.#bench;
    const archive = join(scratch, 'memory.zip');
    const own = (...args: string[]): Command => holdfast(scratch, {}, ...args);
    const piped = (...args: string[]): Command => {
      const { program, args: all, env } = own(...args);
      return shell('archive=$1; shift; cat "$archive" | "$@"', env, ['bench', archive, program, ...all]);
    };
    await this.run(`backup of ${what}`, limit, own('backup', archive, ...options.source));
    await this.run(`verify of ${what}`, limit, own('verify', archive));
    await this.run(`restore of ${what}`, limit, own('restore', archive, ...(await options.target())));
    if (options.pipe) {
      await this.run(`verify of ${what}, from standard input`, limit, piped('verify', '-'));
      await this.run(
        `restore of ${what}, from standard input`,
        limit,
        piped('restore', '-', ...(await options.target())),
      );
    }
    rmSync(archive);
    rmSync(`${archive}.sha256`);
  }

  print(): void {
    if (this.#rows.length === 0) return;
    this.#bench.report.print(`## Memory

${markdownTable(['job', 'peak, MiB', 'limit', 'seconds', 'CPU seconds'], this.#rows)}

Single runs with default settings.`);
    for (const [limit, { title, peakBytes }] of this.#highest)
      this.#bench.report.goal({
        text: `memory of the jobs that may hold ${limit} MiB (the highest: ${title})`,
        figure: peakBytes / 2 ** 20,
        limit,
        may: 'be lower',
        unit: ' MiB',
      });
  }
}

/** One table of rows of 96 kB, which take little room on the server, as it compresses them. */
async function benchTable(bench: Bench, checks: MemoryChecks): Promise<void> {
  const rows = Math.max(1, Math.round((TABLE_BYTES * bench.scale) / TABLE_ROW_BYTES));
  const server = await startBenchServer();
  try {
    await server.createDatabase('app');
    await server.query(
      'app',
      `CREATE TABLE large (id int PRIMARY KEY, body text);
      INSERT INTO large SELECT i, repeat(md5(i::text), ${TABLE_ROW_BYTES / 32}) FROM generate_series(1, ${rows}) AS i`,
    );
    await checks.roundTrip(`a table of ${((rows * TABLE_ROW_BYTES) / 2 ** 30).toFixed(1)} GiB`, USUAL_LIMIT, {
      source: ['--database', server.socketUrl('app')],
      target: newDatabase(server),
      pipe: true,
    });
  } finally {
    await server.stop();
  }
}

/** Gives a new database each time. */
function newDatabase(server: {
  dropDatabase(name: string): Promise<void>;
  createDatabase(name: string): Promise<void>;
  url(name: string): string;
}): () => Promise<readonly string[]> {
  return async () => {
    await server.dropDatabase('restored');
    await server.createDatabase('restored');
    return ['--database', server.url('restored')];
  };
}

/** Rows with one value of 200 MB, which does not compress. */
async function benchRow(bench: Bench, checks: MemoryChecks): Promise<void> {
  const bytes = Math.round((ROW_BYTES * bench.scale) / 4) * 4;
  const size = `${(bytes / 1e6).toFixed(0)} MB`;
  const noise = noiseOf('row').update(Buffer.alloc(bytes));
  const values = { bytes: noise, text: noise.subarray(0, (bytes / 4) * 3).toString('base64') };
  const server = await startBenchServer();
  try {
    for (const [type, value] of [
      ['text', values.text],
      ['bytea', values.bytes],
    ] as const) {
      await server.createDatabase(type);
      await server.query(type, `CREATE TABLE large (id int, body ${type})`);
      await server.query(type, 'INSERT INTO large VALUES (1, $1)', [value]);
      await checks.roundTrip(`a row of ${size}, PostgreSQL's ${type}`, HIGH_LIMIT, {
        source: ['--database', server.socketUrl(type)],
        target: newDatabase(server),
      });
    }
  } finally {
    await server.stop();
  }
  const found = await findMysql('mariadb');
  if (found.reason !== undefined) return bench.report.missing(`a row of ${size} in MariaDB: ${found.reason}`);
  const mariadb = await startMysql({ args: [...MYSQL_SETTINGS, '--max-allowed-packet=1G'] });
  try {
    for (const [type, value] of [
      ['LONGTEXT', values.text],
      ['LONGBLOB', values.bytes],
    ] as const) {
      await mariadb.createDatabase(type);
      await mariadb.query(type, `CREATE TABLE large (id INT PRIMARY KEY, body ${type})`);
      await mariadb.query(type, 'INSERT INTO large VALUES (1, ?)', [value]);
      await checks.roundTrip(`a row of ${size}, MariaDB's ${type}`, HIGH_LIMIT, {
        source: ['--database', mariadb.url(type)],
        target: newDatabase(mariadb),
      });
    }
  } finally {
    await mariadb.stop();
  }
}

async function benchFiles(bench: Bench, checks: MemoryChecks): Promise<void> {
  await benchManySmall(bench, checks, Math.round(FILES * bench.scale), { limit: USUAL_LIMIT, pipe: true });
}

async function benchManyFiles(bench: Bench, checks: MemoryChecks): Promise<void> {
  await benchManySmall(bench, checks, Math.round(MANY_FILES * bench.scale), {
    limit: HIGH_LIMIT,
    pipe: false,
  });
}

async function benchManySmall(
  bench: Bench,
  checks: MemoryChecks,
  count: number,
  { limit, pipe }: { limit: number; pipe: boolean },
): Promise<void> {
  bench.report.progress(`Making ${count} files`);
  const files = join(bench.scratch, 'files');
  const target = join(bench.scratch, 'restored');
  makeSmallFiles(files, count, 1024);
  await checks.roundTrip(`${count} files`, limit, {
    source: ['--skip-database', '--storage', `files=${files}`],
    target: async () => {
      rmSync(target, { recursive: true, force: true });
      return ['--skip-database', '--storage', `files=${target}`];
    },
    pipe,
  });
  for (const folder of [files, target]) rmSync(folder, { recursive: true });
}
