import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/reader.ts';
import { selectTables } from '../../src/workflow/select-tables.ts';
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
});
