import { statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import { formatBytes } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import { FILE_KIND } from '../../../core/selection.ts';
import {
  SETTING_KIND,
  type DatabaseFacts,
  type DatabaseSize,
  type DatabaseTarget,
  type Statement,
  type TableInfo,
  type TargetOptions,
} from '../../engine.ts';
import { archivedFacts, type SqliteFacts } from '../facts.ts';
import { nameOfDatabase, parseLocation } from '../file/location.ts';
import { checkStaged, keyOf, lacks } from './check-staged.ts';
import { contentsOf } from './held.ts';
import { isLocked, usersOf } from './in-use.ts';
import { besideDatabase, fileAt, findPlace, type Place, type PlacedFile } from './place.ts';
import type { LoadRecord } from './settle.ts';
import { removeStaged, StagedFile, stagedPath } from './staged.ts';
import { finishFile, swapIn } from './swap.ts';

/** @throws HoldfastError `usage`, `failed` */
export async function openTarget(options: TargetOptions): Promise<DatabaseTarget> {
  const given = parseLocation(options.url);
  const place = await findPlace(given);
  const held = contentsOf(place);
  return new SqliteTarget(options, place, {
    engine: 'sqlite',
    version: process.versions['sqlite'] ?? '',
    database: nameOfDatabase(place.path),
    encoding: held.encoding,
    snapshot: null,
    bytes: place.file?.bytes ?? 0,
    pageSize: held.pageSize,
    isWal: held.isWal,
    contents: [],
    violations: [],
    withoutRows: [],
  });
}

/** A load that is on. */
interface Load {
  readonly archived: SqliteFacts;
  readonly file: StagedFile;
  readonly announced: Statement[];
  /** What is in the file, once it is whole. */
  present: ReadonlySet<string> | null;
  /** The place as it was when the load began. */
  readonly place: Place;
}

class SqliteTarget implements DatabaseTarget {
  readonly facts: SqliteFacts;
  readonly name: string;
  // Slices of a file come one after another.
  readonly loads = 1;
  readonly #options: TargetOptions;
  #place: Place;
  #load: Load | null = null;
  #record: LoadRecord | null = null;

  constructor(options: TargetOptions, place: Place, facts: SqliteFacts) {
    this.#options = options;
    this.#place = place;
    this.facts = facts;
    this.name = place.path;
  }

  async isEmpty(): Promise<boolean> {
    return contentsOf(await this.#look()).objects === 0;
  }

  async measure(): Promise<DatabaseSize> {
    const place = await this.#look();
    const { objects, tables } = contentsOf(place);
    return { tables, bytes: objects === 0 ? 0 : (place.file?.bytes ?? 0) };
  }

  async preflight(facts: DatabaseFacts): Promise<Problem[]> {
    const archived = archivedFacts(facts);
    const place = await this.#look();
    const { path, folder, file } = place;
    const problems: Problem[] = [];
    const { bavail, bsize } = await statfs(folder);
    // A part of it is written anew beside the whole.
    const needed = archived.bytes * (archived.isNarrowed === true ? 2 : 1);
    if (bavail * bsize < needed) {
      problems.push({
        message: `there is no room for the database in ${printable(folder)}: it takes ${formatBytes(needed)}, and there are ${formatBytes(bavail * bsize)}`,
        hint: 'make room: the new database is made beside the old one',
      });
    }
    if (file !== null && file.uid !== process.geteuid?.() && process.geteuid?.() !== 0) {
      problems.push({
        message: `the database ${printable(path)} belongs to user ${file.uid}, to whom the new one cannot be given`,
        hint: 'restore as that user or as root',
      });
    }
    if (file === null) {
      // An index of a log, and an empty log, hold nothing of anybody's.
      const stray = besideDatabase(path).filter(
        (beside) => !beside.endsWith('-shm') && (fileAt(beside)?.bytes ?? 0) > 0,
      );
      if (stray.length > 0 && !this.#options.replace) {
        problems.push({
          message: `there is no database ${printable(path)}, but what another one left: ${stray.map((one) => printable(basename(one))).join(', ')}`,
          hint: '--overwrite removes it',
        });
      }
      return problems;
    }
    const { replace, reporter } = this.#options;
    const { isDamaged } = contentsOf(place);
    if (isDamaged && replace)
      reporter.warning(
        `The database ${printable(path)} is damaged; what can be saved of it is not looked at.`,
      );
    if (file.names > 1)
      reporter.warning(
        `The file ${printable(path)} has more than one name: the others keep the old database.`,
      );
    const { processes } = await usersOf(path);
    const isHeld = file.bytes > 0 && !isDamaged && isLocked(path);
    if (processes.length > 0 || isHeld) {
      const by = processes.length > 0 ? processes.join(', ') : 'another process';
      problems.push({
        message: `the database ${printable(path)} is in use by ${by}`,
        hint: 'stop what uses it: what is written to it meanwhile would be lost',
      });
    }
    return problems;
  }

  async begin(facts: DatabaseFacts): Promise<void> {
    const archived = archivedFacts(facts);
    await this.rollback();
    this.#record = null;
    const place = await this.#look();
    if (!this.#options.replace && contentsOf(place).objects > 0) {
      throw new HoldfastError('failed', `The database ${printable(place.path)} is no longer empty.`, {
        hint: '--overwrite replaces all that it holds.',
      });
    }
    const file = await StagedFile.create(stagedPath(place.path));
    this.#load = { archived, file, announced: [], present: null, place };
    const { device, inode } = fileAt(file.path) as PlacedFile;
    const before = place.file && { device: place.file.device, inode: place.file.inode };
    this.#record = { path: place.path, staged: basename(file.path), file: { device, inode }, before };
  }

  record(): JournalRecord {
    if (this.#record === null) throw new Error('no load has begun');
    return this.#record;
  }

  /** Takes up what has to be in the file. */
  async execute(statement: Statement): Promise<void> {
    const load = this.#running();
    if (statement.kind === FILE_KIND || statement.kind === SETTING_KIND) return;
    load.announced.push(statement);
    if (load.present !== null && !load.present.has(keyOf(statement))) throw lacks(statement);
  }

  async load(_table: TableInfo, slice: Readable): Promise<number> {
    const { archived, file } = this.#running();
    for await (const chunk of slice as AsyncIterable<Buffer>) {
      this.#options.signal.throwIfAborted();
      await file.append(chunk);
    }
    if (file.bytes === archived.bytes) await this.#finish();
    return 0;
  }

  async commit(): Promise<void> {
    const { file, place, present, announced, archived } = this.#running();
    if (present === null) {
      const [missing] = announced;
      if (missing !== undefined && file.bytes === 0) throw lacks(missing);
      throw new HoldfastError(
        'damaged',
        `Of the database in the archive came ${file.bytes} bytes instead of ${archived.bytes}.`,
        { hint: 'The archive does not hold what it says. Nothing was changed.' },
      );
    }
    await swapIn(file.path, place, this.#options.reporter);
    this.#load = null;
  }

  async clean(): Promise<void> {
    // The old file went with the swap.
  }

  async rollback(): Promise<void> {
    const load = this.#load;
    if (load === null) return;
    this.#load = null;
    await load.file.close();
    await removeStaged(load.file.path);
  }

  close(): Promise<void> {
    return this.rollback();
  }

  /** What is found at the place now. */
  async #look(): Promise<Place> {
    this.#place = await findPlace(this.#place.path);
    return this.#place;
  }

  #running(): Load {
    if (this.#load === null) throw new Error('no load is on');
    return this.#load;
  }

  async #finish(): Promise<void> {
    const load = this.#running();
    const { archived, file, announced, place } = load;
    // The disk takes what was written while that is checked.
    [load.present] = await Promise.all([
      checkStaged(file.path, archived, announced, this.#options),
      file.sync(),
    ]);
    await file.close();
    await finishFile(file.path, place.file);
    if (this.#record === null) return;
    // A part of a database was written into a file of its own.
    const { device, inode } = fileAt(file.path) as PlacedFile;
    this.#record = { ...this.#record, file: { device, inode } };
  }
}
