import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutcomeUnknown } from '../../../../src/database/engine.ts';
import { recover } from '../../../../src/database/mysql/target/recovery/recover.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { loadSample, oldDatabase, program, samplePrograms } from './sample-load.ts';

const sample = join(import.meta.dirname, 'sample-load.ts');
/** How many loads are killed at moments that chance chooses, for each server. */
const kills = Number(process.env['HOLDFAST_MYSQL_KILLS'] ?? '4');
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
        await recover(
          {
            url: server.url(database),
            env: {},
            reporter: recordingReporter(),
            signal: new AbortController().signal,
            dryRun: false,
          },
          1,
        );
        const left = await server.query('mysql', `SHOW DATABASES LIKE 'holdfast%'`);
        if (left.length === 0) break;
        // The server may still do what it was told to by a process that is gone.
        if (attempts === 20) throw new Error(`left: ${JSON.stringify(left)}`);
      }
      return fingerprint(server);
    }

    const load = (seconds = 0, programs = ''): Load =>
      new Load(server.url(database), server.flavor, { seconds, programs });

    it('is the old or the new after a kill at any moment', { timeout: 60_000 + kills * 10_000 }, async () => {
      const steps = ['begun', 'tried', 'loaded', 'tried', 'made'];
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

    /** A view of a view that runs as an account which may execute what it calls beside the target, and not in it. */
    const refused = [
      program('VIEW', 'u', 'SQL SECURITY DEFINER VIEW `u` AS select `f`() AS `f`', [], '`worker`@`%`'),
      program('VIEW', 'uu', 'SQL SECURITY DEFINER VIEW `uu` AS select `u`.`f` AS `f` from `u`'),
    ];

    it('is the old when the server refuses a program behind the new tables', async () => {
      await makeOld();
      const grants = async (): Promise<unknown> =>
        server.query(
          'mysql',
          `SELECT User, Routine_name, Proc_priv FROM procs_priv WHERE Db = '${database}' AND User <> 'root' ORDER BY 1, 2`,
        );
      // What runs as an account with rights to single routines alone is put back as well.
      await server.query(
        database,
        `DROP USER IF EXISTS worker@'%', clerk@'%'; CREATE USER worker@'%'; CREATE USER clerk@'%';
        GRANT ALL ON \`holdfast\\_%\`.* TO worker@'%'; GRANT EXECUTE ON FUNCTION f TO clerk@'%';
        GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE p TO clerk@'%' WITH GRANT OPTION;
        CREATE DEFINER = clerk@'%' VIEW called AS SELECT f() AS f;
        ${server.flavor === 'mariadb' ? 'CREATE SEQUENCE s; ALTER TABLE b ALTER a SET DEFAULT (NEXTVAL(s))' : ''}`,
      );
      const before = [await fingerprint(server), await grants()];
      expect(before[1]).toHaveLength(2);
      const failure = await loadSample(server.url(database), server.flavor, () => undefined, [
        ...samplePrograms,
        ...refused,
      ]).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'failed',
        message: expect.stringMatching(
          /could not be put in place; the database is as it was: View .* references invalid/i,
        ),
      });
      expect(failure).not.toBeInstanceOf(OutcomeUnknown);
      expect([await fingerprint(server), await grants()]).toEqual(before);
      expect(await server.query('mysql', `SHOW DATABASES LIKE 'holdfast%'`)).toEqual([]);
      if (server.flavor === 'mariadb') await server.query(database, 'INSERT INTO b (id) VALUES (7)');
      await server.query(database, 'SELECT * FROM called');
      // With that right it works, and whoever may execute one of the new routines as one of the old still may.
      await server.query(database, `GRANT EXECUTE ON ${database}.* TO worker@'%'`);
      await loadSample(server.url(database), server.flavor, () => undefined, [...samplePrograms, ...refused]);
      await server.query(database, 'SELECT * FROM uu');
      expect(await grants()).toMatchObject([{ User: 'clerk', Routine_name: 'f' }]);
      // No server has taken in what stood behind it.
      const bodies = await server.query<{ body: string }>(
        'mysql',
        `SELECT ROUTINE_DEFINITION AS body FROM information_schema.ROUTINES
        WHERE ROUTINE_SCHEMA = '${database}' AND ROUTINE_NAME = 'f'`,
      );
      expect(bodies.map(({ body }) => body.trim())).toEqual(['RETURN 2 -- two']);
    });

    it('is the old when recovery cannot finish it', async () => {
      const running = await pausedBehindTables();
      await server.crash();
      await running.kill();
      // What is left to be made is not any more what the server takes.
      const [side] = await server.query<{ name: string }>(
        'mysql',
        `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'holdfast%new'`,
      );
      await server.query(
        side?.name ?? '',
        `INSERT INTO holdfast_load VALUES ('new', 999, 0, '"CREATE VIEW nonsense AS SELECT 1 FROM nowhere"')`,
      );
      expect(await recovered()).toBe(old);
    }, 60_000);

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

    /** A load over the old that waits when its new tables are there already, and its programs are not. */
    async function pausedBehindTables(programs?: string): Promise<Load> {
      await makeOld();
      const running = load(pause, programs);
      await running.reached('tried');
      await until(async () => (await waiting('DO SLEEP')) !== undefined);
      return running;
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
      const running = await pausedBehindTables();
      await running.kill();
      expect(await recovered()).toBe(fresh);
    }, 60_000);

    it('is the new without recovery where all programs are in one packet', async () => {
      const running = await pausedBehindTables('whole');
      await running.kill();
      const finished = `SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = 'holdfast_finished'`;
      await until(async () => (await waiting('DO SLEEP')) === undefined);
      await until(async () => (await server.query('mysql', finished)).length > 0);
      const programs = await server.query(
        'mysql',
        `SELECT ROUTINE_DEFINITION AS body FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}'
        UNION SELECT ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}'
        UNION SELECT EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}'`,
      );
      expect(programs).toEqual(
        [
          'BEGIN RETURN CASE WHEN 1 THEN 2 END; END',
          'BEGIN SELECT 1; SELECT f(); END',
          'IF 1 THEN SET NEW.id = 7; END IF',
          'BEGIN DELETE FROM a; END',
        ].map((body) => ({ body })),
      );
      await recovered();
    }, 60_000);

    it('is the new when its connection is killed behind the new tables', async () => {
      const running = await pausedBehindTables();
      await server.query('mysql', `KILL ${await waiting('DO SLEEP')}`);
      await running.reached('committed');
      await running.end();
      expect(await fingerprint(server)).toBe(fresh);
    }, 60_000);

    it('is the new when the server crashes behind the new tables', async () => {
      const running = await pausedBehindTables();
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

  constructor(url: string, flavor: string, { seconds, programs }: { seconds: number; programs: string }) {
    this.#child = spawn(process.execPath, [sample, url, flavor], {
      env: { ...process.env, SAMPLE_PAUSE: String(seconds), SAMPLE_PROGRAMS: programs, NODE_OPTIONS: '' },
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
