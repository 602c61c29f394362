import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/reader.ts';
import { selectTables } from '../../src/workflow/select-tables.ts';
import { editArchive } from '../archive/edited-archive.ts';
import { memorySource, sampleArchive } from '../archive/sample.ts';

describe('selectTables', () => {
  it('tells an archive of an older version, whose statements belong to nothing', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    const { database } = archive.manifest;
    if (database === null) throw new Error('the sample has a database');
    expect(await selectTables(archive, database, ['users'], (letter) => letter)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('an older version made it') }),
    ]);
  });

  it('tells a database without any tables from an older version', async () => {
    const scriptless = editArchive(await sampleArchive(), (edited) => {
      for (const name of ['pre-data', 'post-data'])
        edited.writeListed(`database/${name}.sql`, Buffer.alloc(0));
    });
    const archive = await openArchive(memorySource(scriptless));
    const { database } = archive.manifest;
    if (database === null) throw new Error('the sample has a database');
    const empty = { ...database, tables: [] };
    expect(await selectTables(archive, empty, ['users'], (letter) => letter)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('holds no tables, views or sequences') }),
    ]);
  });

  it('holds no more of a forged archive in memory than is bounded', async () => {
    const about = { kind: 'TABLE', schema: 'app', name: 't', table: null, needs: Array(25_000).fill(0) };
    const lines = Array.from({ length: 700 }, (_, object) => {
      const facts = { kind: 'TABLE', schema: 'app', name: 't', bytes: 0, object, about };
      return `-- ${JSON.stringify(facts)}\n\n\n`;
    });
    const forged = editArchive(await sampleArchive(), (edited) => {
      edited.writeListed('database/pre-data.sql', Buffer.from(lines.join('')));
    });
    const archive = await openArchive(memorySource(forged));
    const { database } = archive.manifest;
    if (database === null) throw new Error('the sample has a database');
    expect(await selectTables(archive, database, ['t'], (letter) => letter)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('more objects than can be held') }),
    ]);
  });
});
