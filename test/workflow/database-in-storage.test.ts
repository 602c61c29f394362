import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BackupRequest, runBackup } from '../../src/workflow/backup.ts';
import { databaseInTargets, refuseDatabaseInStorage } from '../../src/workflow/overlap.ts';
import { type RestoreRequest, runRestore } from '../../src/workflow/restore.ts';
import { execute, query } from '../database/sqlite/files.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const common = () => ({
  env: {},
  reporter: recordingReporter(),
  signal: new AbortController().signal,
  jobs: 1,
  tables: [],
  key: undefined,
});

function backup(
  archive: string,
  request: Pick<BackupRequest, 'database' | 'storages' | 'excludeFiles'> & Partial<BackupRequest>,
) {
  return runBackup({
    ...common(),
    archive,
    overwrite: false,
    lockTimeout: undefined,
    excludeTables: [],
    excludeRows: [],
    stdout: process.stdout,
    ...request,
  });
}

function restore(archive: string, root: string, request: Partial<RestoreRequest>) {
  return runRestore({
    ...common(),
    archive,
    keyFile: null,
    database: `sqlite:${join(root, 'app.db')}`,
    databaseIsNamed: true,
    skipDatabase: false,
    storages: [{ name: 'data', named: true, location: root }],
    files: [],
    overwrite: false,
    allowIncomplete: false,
    noOwner: false,
    noPrivileges: false,
    definer: null,
    dryRun: false,
    stdin: process.stdin,
    confirm: async () => true,
    ...request,
    env: { XDG_STATE_HOME: join(root, '..', 'state') },
  });
}

/** The pattern of a hint, as a shell would give it. */
function patternIn(hint: string): string {
  return /--exclude '((?:[^']|'\\'')*)'$/.exec(hint)![1]!.replaceAll(String.raw`'\''`, "'");
}

async function refusal(url: string, location: string, excludes: string[] = []): Promise<string | null> {
  try {
    await refuseDatabaseInStorage(url, [{ name: 'data', location }], excludes);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('inside the storage') });
    return patternIn((error as { hint: string }).hint);
  }
}

describe('a backup of a database among the files of a storage', () => {
  const ALL = 'app.db{,-journal,-wal,-shm}';

  it('is refused before anything is made, also through links, until all of its files are left out', async () => {
    const folder = await temporaryFolder();
    const root = join(folder, 'root');
    await mkdir(join(root, 'sub'), { recursive: true });
    execute(join(root, 'sub', 'app.db'), 'CREATE TABLE t (a)');
    await symlink(root, join(folder, 'link'));
    await symlink(join(root, 'sub', 'app.db'), join(folder, 'named.db'));
    const url = `sqlite:${join(root, 'sub', 'app.db')}`;
    expect(await refusal(url, root)).toBe(`sub/${ALL}`);
    expect(await refusal(url, join(folder, 'link'))).toBe(`sub/${ALL}`);
    expect(await refusal(`sqlite:${join(folder, 'link/sub/app.db')}`, root)).toBe(`sub/${ALL}`);
    expect(await refusal(`sqlite:${join(folder, 'named.db')}`, root)).toBe(`sub/${ALL}`);
    expect(await refusal(url, join(root, 'sub'))).toBe(ALL);
    for (const excludes of [['app.db'], ['app.db', '*-wal', '*-shm'], ['app.db-*'], ['sub/sub'], ['other/*']])
      expect(await refusal(url, root, excludes)).toBe(`sub/${ALL}`);
    for (const excludes of [[`sub/${ALL}`], ['app.db*'], ['app.db', 'app.db-*'], ['sub'], ['/sub/*']])
      expect(await refusal(url, root, excludes)).toBeNull();
    const archive = join(folder, 'a.zip');
    const request = { database: url, storages: [{ name: 'data', location: root }] };
    await expect(backup(archive, { ...request, excludeFiles: [] })).rejects.toMatchObject({ code: 'usage' });
    expect(await readdir(folder)).toEqual(['link', 'named.db', 'root']);
    const reporter = recordingReporter();
    const made = await backup(archive, { ...request, excludeFiles: [`sub/${ALL}`], reporter });
    expect([made.files, reporter.warnings]).toEqual([0, []]);
  });

  it('is told a pattern that leaves the files out, whatever they are called', async () => {
    const folder = await temporaryFolder();
    const names = [
      "it's",
      '{a,b}',
      '[x]',
      'a*b?',
      '!(no)',
      '#',
      'two words',
      '..db',
      'new\nline',
      'b\\s',
      'ä',
    ];
    for (const name of names) {
      const url = `sqlite:${encodeURIComponent(join(folder, name))}`;
      const pattern = await refusal(url, folder);
      expect(pattern).not.toMatch(/\n/);
      expect(await refusal(url, folder, [pattern!])).toBeNull();
    }
  });

  it('is none where the database lies elsewhere, or on a server', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'app', 'uploads'), { recursive: true });
    await mkdir(join(folder, 'app', 'up'));
    for (const [url, location] of [
      [`sqlite:${join(folder, 'app/app.db')}`, join(folder, 'app/uploads')],
      [`sqlite:${join(folder, 'app/uploads.db')}`, join(folder, 'app/uploads')],
      [`sqlite:${join(folder, 'app/uploads/app.db')}`, join(folder, 'app/up')],
      [`sqlite:${join(folder, 'app/app.db')}`, 's3://app/app'],
      ['postgres://host/app', folder],
      ['mysql://host/app', folder],
    ] as const) {
      expect(await refusal(url, location)).toBeNull();
      expect(await databaseInTargets(url, [{ name: 'data', location }])).toEqual([]);
    }
  });
});

describe('a restore of a database into the place of a storage', () => {
  async function application(root: string): Promise<void> {
    await mkdir(join(root, 'uploads'), { recursive: true });
    execute(join(root, 'app.db'), `CREATE TABLE t (a); INSERT INTO t VALUES ('${root}')`);
    await writeFile(join(root, 'uploads', 'file'), root);
  }

  /** An archive of an application whose database lies among its files. */
  async function sample(): Promise<{ folder: string; from: string; to: string; archive: string }> {
    const folder = await temporaryFolder();
    const [from, to, archive] = [join(folder, 'from'), join(folder, 'to'), join(folder, 'a.zip')];
    await application(from);
    const storages = [{ name: 'data', location: from }];
    await backup(archive, {
      database: `sqlite:${join(from, 'app.db')}`,
      storages,
      excludeFiles: ['app.db', 'app.db-*'],
    });
    return { folder, from, to, archive };
  }

  async function isRestored(to: string, from: string): Promise<void> {
    expect(query(join(to, 'app.db'), 'SELECT a FROM t')).toEqual([[from]]);
    expect(await readFile(join(to, 'uploads', 'file'), 'utf8')).toBe(from);
    expect((await readdir(to)).toSorted()).toEqual(['app.db', 'uploads']);
  }

  it.each(['full', 'empty', 'missing'])(
    'is refused with all else that stands in the way, and works in two steps: one that is %s',
    async (state) => {
      const { folder, from, to, archive } = await sample();
      const overwrite = state === 'full';
      if (state === 'full') await application(to);
      if (state === 'empty') await mkdir(to);
      await symlink('.', join(folder, 'link'));
      const before = await readdir(folder, { recursive: true });
      const wanted = { overwrite, files: ['none'] };
      for (const dryRun of [true, false]) {
        for (const place of [to, join(folder, 'link', 'to')]) {
          const database = `sqlite:${join(place, 'app.db')}`;
          const error = await restore(archive, to, { ...wanted, dryRun, database }).catch((reason) => reason);
          expect(error).toMatchObject({ code: 'refused' });
          expect(error.message).toMatch(/storage data replaces as a whole\n.*--skip-database.*--skip-files/);
          expect(error.message).toContain('no file in the archive matches');
        }
      }
      expect(await readdir(folder, { recursive: true })).toEqual(before);
      await restore(archive, to, { overwrite, skipDatabase: true });
      await restore(archive, to, { overwrite, storages: null });
      await isRestored(to, from);
    },
  );

  it('works with --overwrite also where the files bring a copy of the database', async () => {
    const { folder, from, to } = await sample();
    const archive = join(folder, 'b.zip');
    await application(join(folder, 'copy'));
    const storages = [{ name: 'data', location: join(folder, 'copy') }];
    await backup(archive, { database: `sqlite:${join(from, 'app.db')}`, storages, excludeFiles: [] });
    await restore(archive, to, { skipDatabase: true });
    await expect(restore(archive, to, { storages: null })).rejects.toThrow('--overwrite');
    await restore(archive, to, { storages: null, overwrite: true });
    expect(query(join(to, 'app.db'), 'SELECT a FROM t')).toEqual([[from]]);
  });
});
