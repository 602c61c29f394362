import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from '../../../scripts/demo/compare-fingerprints.ts';
import { databaseFingerprint } from '../../../scripts/demo/database-fingerprint.ts';
import { folderFingerprint } from '../../../scripts/demo/folder-fingerprint.ts';
import { createSampleApplication } from '../../../scripts/demo/sample-application.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

async function create(database: string): Promise<string> {
  const uploads = join(await temporaryFolder(), 'uploads');
  await server.createDatabase(database);
  await createSampleApplication((sql, values) => server.query(database, sql, values), uploads);
  return uploads;
}

it('is the same on every run, and every change to it is found', { timeout: 60_000 }, async () => {
  const uploads = [await create('one'), await create('two')] as const;
  const database = await databaseFingerprint(server.url('one'));
  const files = await folderFingerprint(uploads[0]);
  expect(differences(database, await databaseFingerprint(server.url('two')))).toEqual([]);
  expect(differences(files, await folderFingerprint(uploads[1]))).toEqual([]);
  expect(database.size).toBeGreaterThan(300);
  expect(files.size).toBeGreaterThan(300);

  await server.query(
    'two',
    `UPDATE harbour.vessels SET length_m = length_m + 0.01 WHERE id = 3;
     SELECT nextval('harbour.vessels_id_seq');
     ALTER TABLE harbour.berths ALTER nightly_rate SET DEFAULT 1;
     DROP POLICY own_messages ON harbour.messages;
     CREATE TABLE public.extra ()`,
  );
  expect(changed(differences(database, await databaseFingerprint(server.url('two'))))).toEqual([
    'sequence harbour.vessels_id_seq',
    'table harbour.vessels',
    'definition of column harbour.berths.nightly_rate',
    'definition of comment on policy own_messages on harbour.messages',
    'definition of policy own_messages on messages',
    'table public.extra',
    'definition of relation public.extra',
  ]);

  await writeFile(join(uploads[1], 'empty.txt'), 'not empty');
  await chmod(join(uploads[1], 'bin'), 0o700);
  expect(changed(differences(files, await folderFingerprint(uploads[1])))).toEqual([
    'path bin',
    'path empty.txt',
  ]);
});

function changed(found: string[]): (string | undefined)[] {
  return found.map((difference) => difference.split(':')[0]);
}
