import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recover } from '../../../../src/database/mysql/target/recover.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { loadSample, oldDatabase } from './sample-load.ts';

const sample = join(import.meta.dirname, 'sample-load.ts');
/** How many loads are killed at moments that chance chooses, for each server. */
const kills = Number(process.env['HOLDFAST_MYSQL_KILLS'] ?? '6');
const database = 'app';
/** Behind the new tables, in seconds: long enough to be met. */
const pause = 0.5;

for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`kill.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`a load into ${version} that is cut off`, () => {
    let server: MysqlServer;
    let fresh: string;
    let old: string;

    beforeAll(async () => {
      server = await startMysql({ version });
      await makeOld();
      old = await fingerprint(server);
      await loadSample(server.url(database), server.flavor, () => undefined);
      fresh = await fingerprint(server);
    }, 120_000);

    afterAll(() => server?.stop());

    async function makeOld(): Promise<void> {
      await server.query('mysql', `DROP DATABASE IF EXISTS ${database}`);
      await server.createDatabase(database, 'CHARACTER SET latin1');
      for (const sql of oldDatabase) await server.query(database, sql);
    }

    /** What there is once the next run has looked after it. */
    async function recovered(): Promise<string> {
      for (let attempts = 1; ; attempts += 1) {
        await recover({
          url: server.url(database),
          env: {},
          reporter: recordingReporter(),
          signal: new AbortController().signal,
          dryRun: false,
        });
        const left = await server.query('mysql', `SHOW DATABASES LIKE 'holdfast%'`);
        if (left.length === 0) break;
        // The server may still do what it was told to by a process that is gone.
        if (attempts === 20) throw new Error(`left: ${JSON.stringify(left)}`);
      }
      return fingerprint(server);
    }

    const load = (seconds = 0): Load => new Load(server.url(database), server.flavor, seconds);

    it('is the old or the new after a kill at any moment', { timeout: 60_000 + kills * 10_000 }, async () => {
      const steps = ['opened', 'begun', 'made', 'loaded', 'tried', 'tried', 'tried'];
      const outcomes = new Set<string>();
      for (let round = 0; round < kills; round += 1) {
        await makeOld();
        const running = load();
        await running.reached(steps[round % steps.length] ?? 'tried');
        await delay(Math.random() * 60);
        await running.kill();
        const now = await recovered();
        outcomes.add(now === old ? 'old' : now === fresh ? 'new' : `neither: ${now}`);
      }
      expect(outcomes.has('old')).toBe(true);
      expect([...outcomes].filter((outcome) => outcome.startsWith('neither'))).toEqual([]);
    });

    /** Holds the swap up between the old programs that are gone already and the new tables. */
    async function heldUp(work: (running: Load) => Promise<void>): Promise<void> {
      const url = new URL(server.url(database));
      const blocker = await createConnection({
        host: url.hostname,
        port: Number(url.port),
        user: url.username,
        password: url.password,
        database,
      });
      // A server that crashes takes it along.
      blocker.on('error', () => undefined);
      await blocker.query('BEGIN');
      await blocker.query('SELECT f()');
      const running = load();
      await until(async () => (await waiting('DROP FUNCTION')) !== undefined);
      expect(await triggers()).toBe(0);
      try {
        await work(running);
      } finally {
        blocker.destroy();
      }
    }

    /** The number of the connection whose statement contains a text. */
    async function waiting(text: string): Promise<string | undefined> {
      const rows = await server.query<{ id: string }>(
        'mysql',
        `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO LIKE '%${text}%' AND DB = '${database}' AND ID <> CONNECTION_ID()`,
      );
      return rows[0]?.id;
    }

    async function triggers(): Promise<number> {
      const rows = await server.query('mysql', `SHOW TRIGGERS FROM ${database}`);
      return rows.length;
    }

    it('is the old when its connection is killed before the new tables are there', async () => {
      await makeOld();
      await heldUp(async (running) => {
        await server.query('mysql', `KILL ${await waiting('DROP FUNCTION')}`);
        await delay(100);
        expect(running.hasEnded).toBe(false);
      });
      expect(await recovered()).toBe(old);
    }, 60_000);

    it('is the old when the server crashes before the new tables are there', async () => {
      await makeOld();
      await heldUp(async (running) => {
        await server.crash();
        await running.kill();
      });
      expect(await triggers()).toBe(0);
      expect(await recovered()).toBe(old);
    }, 60_000);

    it('is the new when its process is killed behind the new tables', async () => {
      await makeOld();
      const running = load(pause);
      await running.reached('tried');
      await until(async () => (await waiting('DO SLEEP')) !== undefined);
      await running.kill();
      expect(await recovered()).toBe(fresh);
    }, 60_000);

    it('is the new when its connection is killed behind the new tables', async () => {
      await makeOld();
      const running = load(pause);
      await running.reached('tried');
      await until(async () => (await waiting('DO SLEEP')) !== undefined);
      await server.query('mysql', `KILL ${await waiting('DO SLEEP')}`);
      await running.reached('committed');
      await running.end();
      expect(await fingerprint(server)).toBe(fresh);
    }, 60_000);

    it('is the new when the server crashes behind the new tables', async () => {
      await makeOld();
      const running = load(pause);
      await running.reached('tried');
      await until(async () => (await waiting('DO SLEEP')) !== undefined);
      await server.crash();
      await running.kill();
      expect(await recovered()).toBe(fresh);
    }, 60_000);
  });
}

/** A process that makes one load. */
class Load {
  readonly #child: ChildProcess;
  readonly #steps = new Set<string>();
  readonly #ended: Promise<unknown>;
  #errors = '';
  #waiting: (() => void)[] = [];

  constructor(url: string, flavor: string, seconds: number) {
    this.#child = spawn(process.execPath, [sample, url, flavor], {
      env: { ...process.env, SAMPLE_PAUSE: String(seconds), NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close').then(() => this.#wake());
    this.#child.stderr?.on('data', (text) => (this.#errors += text));
    createInterface({ input: this.#child.stdout! }).on('line', (step) => {
      this.#steps.add(step);
      this.#wake();
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null;
  }

  async reached(step: string): Promise<void> {
    while (!this.#steps.has(step)) {
      if (this.hasEnded) throw new Error(`the load ended before ${step}: ${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async end(): Promise<void> {
    await this.#ended;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(10);
}

/** Everything that a database holds, as text. */
async function fingerprint(server: MysqlServer): Promise<string> {
  const at = `'${database}'`;
  const list = async (sql: string): Promise<unknown[]> => server.query(database, sql);
  const tables = (await list(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${at} ORDER BY 1`,
  )) as { name: string }[];
  const rows = [];
  for (const { name } of tables) {
    rows.push(
      await list(`SHOW CREATE TABLE \`${name}\``),
      await list(`SELECT * FROM \`${name}\` ORDER BY 1`),
    );
  }
  const programs = [
    await list(
      `SELECT TRIGGER_NAME, ACTION_ORDER, ACTION_STATEMENT, EVENT_OBJECT_TABLE, DEFINER, SQL_MODE, DATABASE_COLLATION
      FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${at} ORDER BY 1`,
    ),
    await list(
      `SELECT ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, DEFINER, SQL_MODE, DATABASE_COLLATION
      FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${at} ORDER BY 1`,
    ),
    await list(
      `SELECT EVENT_NAME, EVENT_DEFINITION, DEFINER, STARTS, STATUS, ON_COMPLETION, TIME_ZONE
      FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${at} ORDER BY 1`,
    ),
    await list(`SHOW CREATE DATABASE ${database}`),
  ];
  return JSON.stringify([rows, programs], null, 1);
}
