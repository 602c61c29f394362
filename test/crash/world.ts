import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differences } from '../../scripts/demo/compare-fingerprints.ts';
import { databaseFingerprint, type Fingerprint } from '../../scripts/demo/database-fingerprint.ts';
import { createSampleApplication } from '../../scripts/demo/sample-application.ts';
import { generateKey } from '../../src/crypt/key.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { type Placement, Places, STORAGES } from './places.ts';

/** What an application holds before a restore (`old`), or what the archive holds (`new`). */
export type State = 'old' | 'new';

/**
 * `large` takes long enough in each phase to be hit in it; `small` has all that there is to go wrong with few calls to the
 * file system.
 */
export type WorldSize = 'large' | 'small';

const OLD_SETTING = "lock_timeout = '1min'";
const FILES = { large: 60, small: 4 };
const ROWS = { large: 20_000, small: 10 };
/** Larger objects are uploaded in parts. */
const PART_BYTES = 8 * 2 ** 20;

/**
 * An application in two states, an archive of the new one, and as many copies of the old one as there are runs: what a
 * crash leaves of each is compared with both.
 */
export class World {
  readonly server: PostgresServer;
  readonly folder: string;
  readonly key: string;
  readonly placement: Placement | null;
  /** The application itself in each state. */
  readonly places: Readonly<Record<State, Places>>;
  readonly #size: WorldSize;
  /** Of each state the database and the files. */
  readonly #states = new Map<State, readonly [Fingerprint, Fingerprint]>();
  #runs = 0;

  private constructor(
    server: PostgresServer,
    folder: string,
    size: WorldSize,
    placement: Placement | null,
    places: Readonly<Record<State, Places>>,
  ) {
    this.server = server;
    this.folder = folder;
    this.placement = placement;
    this.places = places;
    this.#size = size;
    this.key = generateKey();
  }

  /**
   * Makes both states and the archives; `folder` does not exist yet.
   * @param placement null: all storages are directories
   */
  static async create(
    server: PostgresServer,
    folder: string,
    size: WorldSize,
    placement: Placement | null = null,
  ): Promise<World> {
    for (const state of ['old', 'new']) await mkdir(join(folder, state), { recursive: true });
    const places = {
      old: await Places.in(join(folder, 'old'), placement),
      new: await Places.in(join(folder, 'new'), placement),
    };
    const world = new World(server, folder, size, placement, places);
    await world.#makeNew();
    await world.#makeOld();
    for (const state of ['old', 'new'] as const) {
      await places[state].moveIntoBucket(state);
      world.#states.set(state, await fingerprints(server, world.database(state), places[state]));
    }
    await server.createDatabase(world.database('none'));
    const source = ['--database', server.url(world.database('new')), ...places.new.options()];
    for (const [archive, env] of [
      ['new.zip', {}],
      ['new.zip.crypt', { HOLDFAST_KEY: world.key }],
    ] as const) {
      const s3 = placement?.s3.env;
      const made = await runHoldfast(['backup', join(folder, archive), ...source], {
        env: { ...s3, ...env },
      });
      if (made.code !== 0) throw new Error(made.stderr);
    }
    return world;
  }

  /** The database that holds a state; `none` is empty. */
  database(state: State | 'none'): string {
    return `${this.#name}_${state}`;
  }

  /** No two worlds of a server have the same. */
  get #name(): string {
    return [this.#size, ...(this.placement?.inBucket ?? [])].join('_');
  }

  async #makeNew(): Promise<void> {
    const { server, folder } = this;
    await server.createDatabase(this.database('new'));
    const uploads = join(folder, 'new', 'uploads');
    // A bucket cannot keep all that the sample holds.
    if (this.#size === 'small' || this.placement !== null)
      await makeFiles(uploads, 'new uploads', FILES[this.#size]);
    else
      await createSampleApplication(
        (sql, values) => server.query(this.database('new'), sql, values),
        uploads,
      );
    await server.query(
      this.database('new'),
      `CREATE TABLE many AS SELECT n AS id, md5(n::text) AS text FROM generate_series(1, ${ROWS[this.#size]}) AS n;
       ALTER TABLE many ADD PRIMARY KEY (id); CREATE INDEX ON many (text)`,
    );
    await server.query('postgres', `ALTER DATABASE ${this.database('new')} SET work_mem = '5MB'`);
    const media = join(folder, 'new', 'media');
    await makeFiles(media, 'new', FILES[this.#size]);
    if (this.placement !== null) await writeFile(join(media, 'video'), Buffer.alloc(PART_BYTES + 1, 'frame'));
  }

  async #makeOld(): Promise<void> {
    const { server, folder } = this;
    await server.createDatabase(this.database('old'));
    await server.query(
      this.database('old'),
      `CREATE SCHEMA shop; CREATE TABLE shop.orders (id serial PRIMARY KEY, note text DEFAULT 'old');
       INSERT INTO shop.orders (note) SELECT 'old ' || n FROM generate_series(1, 100) AS n;
       CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2);
       CREATE VIEW everything AS SELECT orders.id, note FROM shop.orders, users`,
    );
    await server.query('postgres', `ALTER DATABASE ${this.database('old')} SET ${OLD_SETTING}`);
    for (const name of STORAGES) {
      const root = join(folder, 'old', name);
      await makeFiles(root, 'old', FILES[this.#size] / 2);
      // Directories are replaced as a whole; in a bucket what the archive does not have goes on a way of its own.
      if (this.placement !== null) await writeFile(join(root, 'only old'), 'old');
      // A directory that exists keeps its own permissions: they do not tell the states apart.
      await chmod(root, (await stat(join(folder, 'new', name))).mode & 0o777);
    }
  }

  /** Makes a copy of the old database, or an empty one. */
  async copyDatabase(name: string, begin: 'old' | 'nothing'): Promise<void> {
    const { server } = this;
    await server.createDatabase(name, { template: this.database(begin === 'old' ? 'old' : 'none') });
    // A copy of a database does not have its settings.
    if (begin === 'old') await server.query('postgres', `ALTER DATABASE ${name} SET ${OLD_SETTING}`);
  }

  /** The name of the next copy of this application. */
  nextName(): string {
    this.#runs += 1;
    return `${this.#name}_run_${this.#runs}`;
  }

  /**
   * The state that a database and storages are in, or what differs from both.
   * @param filesAlone whether the database is to be in the old state all the time
   */
  async stateOf(database: string, places: Places, filesAlone: boolean): Promise<State | Mix> {
    const [foundRows, foundFiles] = await fingerprints(this.server, database, places);
    const mix: string[] = [];
    for (const state of ['old', 'new'] as const) {
      const [rows] = this.#states.get(filesAlone ? 'old' : state)!;
      const [, files] = this.#states.get(state)!;
      const different = [...differences(rows, foundRows), ...differences(files, foundFiles)];
      if (different.length === 0) return state;
      mix.push(`not ${state}: ${different.slice(0, 3).join('; ')} (${different.length} differences)`);
    }
    return { mix };
  }
}

/** Neither state: what differs from each. */
export interface Mix {
  readonly mix: readonly string[];
}

async function fingerprints(
  server: PostgresServer,
  database: string,
  places: Places,
): Promise<[Fingerprint, Fingerprint]> {
  const [row] = await server.query(
    'postgres',
    `SELECT setconfig::text AS settings FROM pg_db_role_setting
      WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '${database}')`,
  );
  const rows = await databaseFingerprint(server.url(database));
  return [new Map([...rows, ['settings', String(row?.['settings'])]]), await places.fingerprint()];
}

async function makeFiles(folder: string, text: string, count: number): Promise<void> {
  await mkdir(join(folder, 'deep', 'er'), { recursive: true });
  for (let index = 0; index < count; index += 1) {
    await writeFile(
      join(folder, index % 3 === 0 ? 'deep/er' : '.', `file-${index}`),
      `${text} ${index}\n`.repeat(index * 20),
    );
  }
}
