import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSampleUploads } from './sample-uploads.ts';

/**
 * Makes a small but honest application, the same on every run: an empty database gets the tables of a harbour with
 * every common type, `uploads`, a folder that does not exist yet, its uploaded files.
 *
 * @param query runs SQL (one or more statements) in the database as a superuser
 */
export async function createSampleApplication(
  query: (sql: string, values?: unknown[]) => Promise<unknown>,
  uploads: string,
): Promise<void> {
  const files = await writeSampleUploads(uploads);
  await query(await readFile(join(import.meta.dirname, 'sample-schema.sql'), 'utf8'));
  await query(await readFile(join(import.meta.dirname, 'sample-rows.sql'), 'utf8'));
  await query(
    `INSERT INTO harbour.documents (customer_id, path, bytes, sha256)
     SELECT 100 + file.number % 600, file.value ->> 'path', (file.value ->> 'bytes')::bigint,
            decode(file.value ->> 'sha256', 'hex')
     FROM jsonb_array_elements($1) WITH ORDINALITY AS file (value, number)`,
    [JSON.stringify(files)],
  );
}
