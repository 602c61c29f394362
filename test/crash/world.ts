import { chmod, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differences } from '../../scripts/demo/compare-fingerprints.ts';
import { databaseFingerprint, type Fingerprint } from '../../scripts/demo/database-fingerprint.ts';
import { folderFingerprint } from '../../scripts/demo/folder-fingerprint.ts';
import { createSampleApplication } from '../../scripts/demo/sample-application.ts';
import { generateKey } from '../../src/crypt/key.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { runHoldfast, type HoldfastOptions } from '../support/run-holdfast.ts';

/** What an application holds before a restore (`old`), or what the archive holds (`new`). */
export type State = 'old' | 'new';

const STORAGES = ['uploads', 'media'] as const;

/**
 * `large` takes long enough in each phase to be hit in it; `small` has all that there is to go wrong with few calls to the
 * file system.
 */
export type WorldSize = 'large' | 'small';

const OLD_SETTING = "lock_timeout = '1min'";
const FILES = { large: 60, small: 4 };
const ROWS = { large: 20_000, small: 10 };

/**
 * An application in two states, an archive of the new one, and as many copies of the old one as there are runs: what a
 * crash leaves of each is compared with both.
 */
export class World {
  readonly server: PostgresServer;
  readonly folder: string;
  readonly key: string;
  readonly #size: WorldSize;
  /** Of each state the database and the files. */
  readonly #states = new Map<State, readonly [Fingerprint, Fingerprint]>();
  #runs = 0;

  private constructor(server: PostgresServer, folder: string, size: WorldSize) {
    this.server = server;
    this.folder = folder;
    this.#size = size;
    this.key = generateKey();
  }

  /** Makes both states and the archives; `folder` does not exist yet. */
  static async create(server: PostgresServer, folder: string, size: WorldSize): Promise<World> {
    await mkdir(folder);
    const world = new World(server, folder, size);
    await world.#makeNew();
    await world.#makeOld();
    for (const state of ['old', 'new'] as const) {
      world.#states.set(state, await fingerprints(server, world.database(state), join(folder, state)));
    }
    await server.createDatabase(world.database('none'));
    const source = ['--database', server.url(world.database('new')), ...storageOptions(join(folder, 'new'))];
    for (const [archive, env] of [
      ['new.zip', {}],
      ['new.zip.crypt', { HOLDFAST_KEY: world.key }],
    ] as const) {
      const made = await runHoldfast(['backup', join(folder, archive), ...source], { env });
      if (made.code !== 0) throw new Error(made.stderr);
    }
    return world;
  }

  /** The database that holds a state; `none` is empty. */
  database(state: State | 'none'): string {
    return `${this.#size}_${state}`;
  }

  async #makeNew(): Promise<void> {
    const { server, folder } = this;
    await server.createDatabase(this.database('new'));
    const uploads = join(folder, 'new', 'uploads');
    if (this.#size === 'small') await makeFiles(uploads, 'new uploads', FILES.small);
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
    await setDatabase(server, this.database('new'), "work_mem = '5MB'");
    await makeFiles(join(folder, 'new', 'media'), 'new', FILES[this.#size]);
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
    await setDatabase(server, this.database('old'), OLD_SETTING);
    for (const name of STORAGES) {
      await makeFiles(join(folder, 'old', name), 'old', FILES[this.#size] / 2);
      // A directory that exists keeps its own permissions: they do not tell the states apart.
      await chmod(join(folder, 'old', name), (await stat(join(folder, 'new', name))).mode & 0o777);
    }
  }

  /** A copy of the old state, or of nothing, to restore into. */
  async newRun(begin: 'old' | 'nothing'): Promise<Run> {
    this.#runs += 1;
    const run = new Run(this, `${this.#size}_run_${this.#runs}`, begin);
    await run.prepare();
    return run;
  }

  /**
   * The state that a database and a folder of storages are in, or what differs from both.
   * @param filesAlone whether the database is to be in the old state all the time
   */
  async stateOf(database: string, folder: string, filesAlone: boolean): Promise<State | Mix> {
    const [foundRows, foundFiles] = await fingerprints(this.server, database, folder);
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
interface Mix {
  readonly mix: readonly string[];
}

/** One copy of the application, with a home and a folder for temporary files of its own. */
export class Run {
  readonly world: World;
  readonly database: string;
  readonly folder: string;
  /** The port that holdfast is told, where something stands between it and the server. */
  port: number | undefined;
  readonly #begin: 'old' | 'nothing';
  readonly #undos: (() => void)[] = [];

  constructor(world: World, name: string, begin: 'old' | 'nothing') {
    this.world = world;
    this.database = name;
    this.folder = join(world.folder, name);
    this.#begin = begin;
  }

  /** The folder that holds the storages. */
  get targets(): string {
    return join(this.folder, 'targets');
  }

  async prepare(): Promise<void> {
    for (const name of ['targets', 'tmp', 'home', 'out'])
      await mkdir(join(this.folder, name), { recursive: true });
    await this.createDatabase();
    await this.fillTargets();
  }

  async createDatabase(): Promise<void> {
    const { server } = this.world;
    const template = this.world.database(this.#begin === 'old' ? 'old' : 'none');
    await server.createDatabase(this.database, { template });
    // A copy of a database does not have its settings.
    if (this.#begin === 'old') await setDatabase(server, this.database, OLD_SETTING);
  }

  /** Puts the old files where a restore will find them. */
  async fillTargets(): Promise<void> {
    if (this.#begin === 'nothing') return;
    await cp(join(this.world.folder, 'old'), this.targets, { recursive: true, preserveTimestamps: true });
  }

  /** Something to undo when the run is removed. */
  onRemove(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** What holdfast is run with. */
  options(): HoldfastOptions {
    const home = join(this.folder, 'home');
    return {
      cwd: this.folder,
      env: {
        HOME: home,
        XDG_STATE_HOME: home,
        TMPDIR: join(this.folder, 'tmp'),
        HOLDFAST_KEY: this.world.key,
      },
    };
  }

  databaseOptions(): string[] {
    const url = new URL(this.world.server.url(this.database));
    if (this.port !== undefined) url.port = String(this.port);
    return ['--database', url.href];
  }

  storageOptions(): string[] {
    return storageOptions(this.targets);
  }

  /** What the targets hold now; `nothing` where a run began with nothing and still has nothing. */
  async state(filesAlone: boolean): Promise<State | 'nothing' | Mix> {
    if (this.#begin === 'nothing' && (await this.#holdsNothing())) return 'nothing';
    return this.world.stateOf(this.database, this.targets, filesAlone);
  }

  async #holdsNothing(): Promise<boolean> {
    const [row] = await this.world.server.query(
      this.database,
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    );
    return row?.['n'] === 0 && (await readdir(this.targets)).length === 0;
  }

  /** Paths below the run's folder that holdfast made and did not remove. */
  async leftovers(): Promise<string[]> {
    const paths = await readdir(this.folder, { recursive: true });
    return paths.filter((path) => isLeftover(path));
  }

  async remove(): Promise<void> {
    for (const undo of this.#undos) undo();
    await this.world.server.dropDatabase(this.database);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function storageOptions(folder: string): string[] {
  return STORAGES.flatMap((name) => ['--storage', `${name}=${join(folder, name)}`]);
}

async function fingerprints(
  server: PostgresServer,
  database: string,
  folder: string,
): Promise<[Fingerprint, Fingerprint]> {
  const [row] = await server.query(
    'postgres',
    `SELECT setconfig::text AS settings FROM pg_db_role_setting
      WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '${database}')`,
  );
  const rows = await databaseFingerprint(server.url(database));
  return [
    new Map([...rows, ['settings', String(row?.['settings'])]]),
    await folderFingerprint(folder).then(withoutTimesOfRoots),
  ];
}

async function setDatabase(server: PostgresServer, database: string, setting: string): Promise<void> {
  await server.query('postgres', `ALTER DATABASE ${database} SET ${setting}`);
}

/** The folder that holds the storages changes whenever something is made beside them, and they themselves get new times. */
function withoutTimesOfRoots(fingerprint: Fingerprint): Fingerprint {
  const roots = STORAGES.map((name) => `path ${name}`);
  return new Map(
    [...fingerprint]
      .filter(([path]) => path !== 'path .')
      .map(([path, state]) => [path, roots.includes(path) ? state.replace(/,.*/, '') : state]),
  );
}

function isLeftover(path: string): boolean {
  // The state directory stays; what lies in it does not.
  if (['home/holdfast', 'home/holdfast/restores'].includes(path)) return false;
  return /^tmp\/|^home\/|\.holdfast|\.tmp$/.test(path);
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
