import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HoldfastOptions } from '../support/run-holdfast.ts';
import { Places } from './places.ts';
import type { Mix, State, World } from './world.ts';

/** One copy of the application, with a home and a folder for temporary files of its own. */
export class Run {
  readonly world: World;
  readonly database: string;
  readonly folder: string;
  /** The port that holdfast is told, where something stands between it and the server. */
  port: number | undefined;
  /** The S3 endpoint that holdfast is told, where something stands between it and the server. */
  endpoint: string | undefined;
  readonly places: Places;
  readonly #begin: 'old' | 'nothing';
  readonly #undos: (() => void)[] = [];

  private constructor(world: World, name: string, begin: 'old' | 'nothing', places: Places) {
    this.world = world;
    this.database = name;
    this.folder = join(world.folder, name);
    this.places = places;
    this.#begin = begin;
  }

  /** A copy of the old state, or of nothing, to restore into. */
  static async begin(world: World, begin: 'old' | 'nothing'): Promise<Run> {
    const name = world.nextName();
    const folder = join(world.folder, name);
    for (const part of ['targets', 'tmp', 'home', 'out'])
      await mkdir(join(folder, part), { recursive: true });
    const run = new Run(world, name, begin, await Places.in(join(folder, 'targets'), world.placement));
    await world.copyDatabase(name, begin);
    await run.fillTargets();
    return run;
  }

  /** The folder that holds the storages that are directories. */
  get targets(): string {
    return this.places.folder;
  }

  /** Puts the old files where a restore will find them. */
  async fillTargets(): Promise<void> {
    if (this.#begin === 'nothing') return;
    await this.places.copyFrom(this.world.places.old);
  }

  /** Something to undo when the run is removed. */
  onRemove(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** What holdfast is run with. */
  options(): HoldfastOptions {
    const home = join(this.folder, 'home');
    const s3 = this.world.placement?.s3.env;
    return {
      cwd: this.folder,
      env: {
        ...s3,
        ...(s3 !== undefined && this.endpoint !== undefined ? { AWS_ENDPOINT_URL_S3: this.endpoint } : {}),
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

  /** What the targets hold now; `nothing` where a run began with nothing and still has nothing. */
  async state(filesAlone: boolean): Promise<State | 'nothing' | Mix> {
    if (this.#begin === 'nothing' && (await this.#holdsNothing())) return 'nothing';
    return this.world.stateOf(this.database, this.places, filesAlone);
  }

  async #holdsNothing(): Promise<boolean> {
    const [row] = await this.world.server.query(
      this.database,
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    );
    return row?.['n'] === 0 && (await this.places.isEmpty());
  }

  /** What holdfast made in the run's folder and bucket and did not remove. */
  async leftovers(): Promise<string[]> {
    const paths = await readdir(this.folder, { recursive: true });
    return [...paths.filter((path) => isLeftover(path)), ...(await this.places.leftovers())];
  }

  /** What holdfast made beside the run's database and did not remove. */
  async sideDatabases(): Promise<string[]> {
    const rows = await this.world.server.query<{ datname: string }>(
      'postgres',
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [`${this.database}_holdfast_`],
    );
    return rows.map(({ datname }) => datname);
  }

  async remove(): Promise<void> {
    for (const undo of this.#undos) undo();
    for (const name of [this.database, ...(await this.sideDatabases())]) {
      await this.world.server.dropDatabase(name);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

function isLeftover(path: string): boolean {
  // The state directory stays; what lies in it does not.
  if (/^(home|elsewhere)\/holdfast(\/(restores|uploads))?$/.test(path)) return false;
  return /^tmp\/|^(home|elsewhere)\/|\.holdfast|\.tmp$/.test(path);
}
