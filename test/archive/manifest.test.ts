import { describe, expect, it } from 'vitest';
import { manifestLimits } from '../../src/archive/manifest-limits.ts';
import { parseManifest as parse } from '../../src/archive/manifest-reader.ts';
import { encodeManifest } from '../../src/archive/manifest-writer.ts';
import type { Manifest } from '../../src/archive/manifest.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { checkStorageNames } from '../../src/archive/layout.ts';
import { memorySource, sampleArchive } from './sample.ts';

const { manifest } = await openArchive(memorySource(await sampleArchive()));

const parseManifest = (json: string | Buffer): Manifest => parse(Buffer.from(json), manifestLimits(20));

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

  it('may list the parts of a table in another order than they were written in', () => {
    const parts = manifest.database!.tables[0]!.parts.toReversed();
    expect(parts).toHaveLength(2);
    const json = changed(['database', 'tables', 0, 'parts'], parts);
    expect(parseManifest(json).database!.tables[0]!.parts).toEqual(parts);
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
    [
      ['database', 'tables', 0, 'parts', 1, 'entry'],
      'restore.sh',
      'is not one of "database/data/app.users/000001.copy.zst" to "database/data/app.users/000002.copy.zst", each once',
    ],
    [
      ['database', 'tables', 0, 'parts', 1, 'entry'],
      'database/data/app.users/000001.copy.zst',
      'entry of parts[1] of tables[0] of database of manifest.json is not one of',
    ],
    [
      ['database', 'tables', 0, 'parts', 0, 'entry'],
      'database/data/app.users/000003.copy.zst',
      'entry of parts[0] of tables[0] of database of manifest.json is not one of',
    ],
    [['storages', 0, 'name'], '../x', 'name of storages[0] of manifest.json cannot name a storage'],
    [['storages', 0, 'files'], null, 'files of storages[0]'],
    [['storages', 0, 'location'], 1, 'location of storages[0]'],
    [['storages', 0, 'root', 'mode'], '75', 'mode of root of storages[0]'],
    [['storages', 0, 'root', 'mtime'], 'yesterday', 'mtime of root of storages[0]'],
    [['entries'], -1, 'entries of manifest.json'],
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
    const deeper = `{"x":${'['.repeat(100)}${']'.repeat(100)}}`;
    expect(() => parseManifest(deeper)).toThrow('more than 64 levels of JSON in manifest.json');
  });

  it('with more values than a manifest needs is damaged before they are made', () => {
    const many = `{"x":[${'0,'.repeat(2_000_400)}0]}`;
    expect(() => parseManifest(many)).toThrow('more than 2000320 values in manifest.json');
  });

  it('with a number beyond all numbers is damaged', () => {
    const text = JSON.stringify(manifest).replace('"entries":', '"entries":1e999,"later":');
    expect(() => parseManifest(text)).toThrow('entries of manifest.json is not a whole number');
  });

  it('that is not UTF-8 is damaged', () => {
    expect(() => parseManifest(Buffer.from('{"format":1,"x":"\xff"}', 'latin1'))).toThrow('no UTF-8');
  });

  it('is not written when no reader would take it', () => {
    expect(parseManifest(encodeManifest(manifest))).toEqual(manifest);
    const [problem] = [{ kind: 'storage', reason: 'x'.repeat(1000) }];
    const long = { ...manifest, problems: Array.from({ length: 70_000 }, () => problem) };
    expect(() => encodeManifest(long)).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: expect.stringMatching(/more to tell than manifest\.json can hold: \d+ bytes are above/),
      }),
    );
    const many = { ...manifest, problems: Array.from({ length: 700_000 }, () => ({ kind: '', reason: '' })) };
    expect(() => encodeManifest(many)).toThrow('can hold: There are more than');
  });

  it('with keys that mean something to JavaScript is read like any other', () => {
    const text = changed(['database', 'facts', 'extra'], 'EXTRA')
      .replace('"EXTRA"', '{"__proto__":{"engine":"x"},"constructor":1}')
      .replace('{', '{"__proto__":{"format":2,"complete":false},');
    const parsed = parseManifest(text);
    expect(parsed.complete).toBe(true);
    expect(Object.getPrototypeOf(parsed.database!.facts)).toBe(Object.prototype);
    expect(({} as { engine?: string }).engine).toBeUndefined();
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
