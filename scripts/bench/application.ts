import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { makeUploads } from './file-data.ts';
import { type Command, holdfast, measure } from './measure.ts';
import { type BenchServer, fillPostgres } from './postgres-data.ts';

/** A server with data, files beside it, and archives of both. */
export interface Application {
  readonly server: BenchServer;
  /** The database's URL, through the server's socket, for Holdfast and peers alike. */
  readonly url: string;
  readonly files: string;
  readonly keyFile: string;
  /** Of the database alone. */
  readonly databaseArchive: string;
  /** Of database and files. */
  readonly archive: string;
  /** The same, encrypted. */
  readonly crypt: string;
}

/** Fills the server and a folder, and makes the archives. */
export async function makeApplication(bench: Bench, server: BenchServer): Promise<Application> {
  const folder = join(bench.scratch, 'application');
  await mkdir(folder);
  const application = {
    server,
    url: server.socketUrl('app'),
    files: join(folder, 'files'),
    keyFile: join(folder, 'key'),
    databaseArchive: join(folder, 'database.zip'),
    archive: join(folder, 'all.zip'),
    crypt: join(folder, 'all.zip.crypt'),
  };
  bench.report.progress('Filling PostgreSQL');
  await fillPostgres(server, 'app', bench.scale);
  makeUploads(application.files, bench.scale);
  await writeFile(application.keyFile, randomBytes(32).toString('hex'));
  const { archive, crypt, databaseArchive, url } = application;
  await measure(holdfast(bench.scratch, {}, 'backup', databaseArchive, '--database', url), bench.scratch);
  await measure(backupAll(bench, application, archive), bench.scratch);
  await measure(backupAll(bench, application, crypt, '--key-file', application.keyFile), bench.scratch);
  return application;
}

/** Backs up the database with the files. */
export function backupAll(
  bench: Bench,
  { url, files }: Pick<Application, 'url' | 'files'>,
  archive: string,
  ...more: string[]
): Command {
  return holdfast(
    bench.scratch,
    {},
    'backup',
    archive,
    '--database',
    url,
    '--storage',
    `files=${files}`,
    ...more,
  );
}
