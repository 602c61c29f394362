import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/archive/manifest-reader.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { checkStorageNames } from '../../src/archive/layout.ts';
import { memorySource, sampleArchive } from './sample.ts';

const { manifest } = await openArchive(memorySource(await sampleArchive()));

/** The manifest's text with the value at `path` replaced. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy = structuredClone(manifest) as unknown as Record<string | number, unknown>;
  let place = copy;
  for (const step of path.slice(0, -1)) place = place[step] as typeof place;
  place[path.at(-1)!] = value;
  return JSON.stringify(copy);
}

describe('a manifest', () => {
  it('comes back as it was', () => {
    expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
  });

  it('may have fields that a later version added', () => {
    expect(parseManifest(changed(['later'], { x: 1 }))).toEqual(manifest);
  });

  it('of a newer format is refused with a hint', () => {
    for (const json of [changed(['format'], 2), '{"format":7}']) {
      expect(() => parseManifest(json)).toThrow(
        expect.objectContaining({
          code: 'failed',
          message: expect.stringMatching(/made by a newer version \(format [27]\), this one reads format 1/),
          hint: 'Update holdfast, then try again.',
        }),
      );
    }
  });

  it.each<[(string | number)[], unknown, string]>([
    [['format'], 0, 'format of manifest.json is 0'],
    [['format'], '1', 'format of manifest.json is not a whole number'],
    [['tool'], null, 'no JSON object in tool of manifest.json'],
    [['tool', 'version'], 1, 'version of tool of manifest.json is not a string'],
    [['id'], 'x', 'id of manifest.json is not a UUID'],
    [['started'], 'yesterday', 'started of manifest.json is not a time in UTC'],
    [['finished'], null, 'finished of manifest.json'],
    [['complete'], 1, 'complete of manifest.json is not true or false'],
    [['problems'], {}, 'problems of manifest.json is not a list'],
    [['problems'], [{ kind: 'storage' }], 'reason of problems[0] of manifest.json is not a string'],
    [['problems'], [{ kind: 'x', reason: 'y', path: 1 }], 'path of problems[0]'],
    [['database'], [], 'no JSON object in database'],
    [['database', 'facts', 'engine'], null, 'engine of facts of database of manifest.json is not a string'],
    [['database', 'facts', 'snapshot'], 1, 'snapshot of facts'],
    [['database', 'partSuffix'], '../x', 'partSuffix of database'],
    [['database', 'preDataStatements'], -1, 'preDataStatements of database'],
    [['database', 'postDataStatements'], 0.5, 'postDataStatements of database'],
    [['database', 'tables', 0, 'schema'], null, 'schema of tables[0] of database of manifest.json'],
    [['database', 'tables', 0, 'directory'], 'database/data/a/b', 'directory of tables[0]'],
    [
      ['database', 'tables', 0, 'columns'],
      ['a', 1],
      'columns of tables[0] of database of manifest.json is not a list of',
    ],
    [['database', 'tables', 0, 'rows'], 4, 'rows of tables[0] of database of manifest.json is not the sum'],
    [['database', 'tables', 0, 'bytes'], 2 ** 53, 'bytes of tables[0]'],
    [['database', 'tables', 0, 'withRows'], 'yes', 'withRows of tables[0]'],
    [['database', 'tables', 0, 'parts', 1, 'sha256'], 'x', 'sha256 of parts[1] of tables[0]'],
    [['database', 'tables', 0, 'parts', 1, 'entry'], undefined, 'entry of parts[1] of tables[0]'],
    [['storages', 0, 'name'], '../x', 'name of storages[0] of manifest.json cannot name a storage'],
    [['storages', 0, 'files'], null, 'files of storages[0]'],
    [['storages', 0, 'location'], 1, 'location of storages[0]'],
    [['storages', 0, 'root', 'mode'], '75', 'mode of root of storages[0]'],
    [['storages', 0, 'root', 'mtime'], 'yesterday', 'mtime of root of storages[0]'],
    [['entries'], '20', 'entries of manifest.json'],
    [['sums'], 'A'.repeat(64), 'sums of manifest.json is not a SHA-256'],
  ])('with %j as %j is damaged', (path, value, message) => {
    expect(() => parseManifest(changed(path, value))).toThrow(
      expect.objectContaining({ code: 'damaged', message: expect.stringContaining(message) }),
    );
  });

  it('that is no JSON, or too deep, is damaged', () => {
    expect(() => parseManifest('{')).toThrow('no valid JSON in manifest.json');
    expect(() => parseManifest('[]')).toThrow('no JSON object in manifest.json');
    const deep = JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown;
    expect(() => parseManifest(changed(['database', 'facts', 'extra'], deep))).toThrow(
      'Too many levels in facts',
    );
  });
});

describe('names of storages', () => {
  it('are plain and portable', () => {
    checkStorageNames(['uploads', 'Media-2.0_x', 'a.json']);
    for (const name of [
      '',
      '.x',
      '-x',
      'a/b',
      'a b',
      'ä',
      'a.jsonl',
      'a.JSONL',
      'a.',
      'con',
      'NUL.txt',
      'x'.repeat(101),
    ]) {
      expect(() => checkStorageNames([name])).toThrow(expect.objectContaining({ code: 'usage' }));
    }
    expect(() => checkStorageNames(['media', 'Media'])).toThrow(
      'Two storages are called "media" and "Media"',
    );
  });
});
