import { describe, expect, it } from 'vitest';
import type { ScriptStatement } from '../../src/archive/sql-script.ts';
import { decodeScript, encodeScript } from '../../src/archive/sql-script.ts';
import { fc } from '../support/fast-check.ts';
import { streamOf } from './sample.ts';

const table: ScriptStatement = {
  kind: 'TABLE',
  schema: 'public',
  name: 'users',
  sql: 'CREATE TABLE users (id int);',
};

const read = (...chunks: (string | Buffer)[]): Promise<ScriptStatement[]> =>
  Array.fromAsync(decodeScript(streamOf(...chunks.map((chunk) => Buffer.from(chunk as string))), 'x.sql'));

describe('a script of statements', () => {
  it('is plain SQL with a comment line before each statement', () => {
    expect(Buffer.concat([...encodeScript([table, { ...table, schema: null }])]).toString()).toBe(
      '-- {"kind":"TABLE","schema":"public","name":"users","bytes":28}\n' +
        'CREATE TABLE users (id int);\n\n' +
        '-- {"kind":"TABLE","schema":null,"name":"users","bytes":28}\n' +
        'CREATE TABLE users (id int);\n\n',
    );
  });

  it('tells which object a statement belongs to, and what that hangs together with', async () => {
    const about = {
      kind: 'TABLE',
      schema: 'public',
      name: 'users',
      table: null,
      needs: [3],
      partOf: [],
      comesWith: [1],
    };
    const { needs: _needs, partOf: _partOf, comesWith: _comesWith, ...unknown } = about;
    const statements = [
      { ...table, object: 7, about },
      { ...table, object: 7 },
      { ...table, object: 8, about: unknown },
    ];
    const script = Buffer.concat([...encodeScript(statements)]);
    expect(script.toString()).toContain('"bytes":28,"object":7,"about":{"kind":"TABLE"');
    expect(await read(script)).toEqual(statements);
  });

  it.each([
    ['"object":-1', 'object of'],
    ['"object":1,"about":{"kind":"TABLE"}', 'schema of about of'],
    [
      '"object":1,"about":{"kind":"T","schema":null,"name":"n","table":null,"needs":["x"]}',
      'needs of about of',
    ],
  ])('refuses %s', async (fields, message) => {
    const line = `-- {"kind":"TABLE","schema":"public","name":"users","bytes":28,${fields}}\n`;
    await expect(read(`${line}CREATE TABLE users (id int);\n\n`)).rejects.toThrow(message);
  });

  it('comes back as it was, however it is cut into chunks', async () => {
    const text = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('\n', '-- ', '\u2028', '\u0085', '\0', '"'),
          fc.string({ unit: 'binary' }),
        ),
      })
      .map((value) => value.toWellFormed());
    const statement = fc.record({ kind: text, schema: fc.option(text), name: text, sql: text });
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement),
        fc.integer({ min: 1, max: 50 }),
        async (statements, chunkBytes) => {
          const script = Buffer.concat([...encodeScript(statements)]);
          const chunks = Array.from({ length: Math.ceil(script.length / chunkBytes) }, (_, index) =>
            script.subarray(index * chunkBytes, (index + 1) * chunkBytes),
          );
          expect(await read(...chunks)).toEqual(statements);
        },
      ),
    );
  });

  it('keeps bytes that are not UTF-8 as they are, and the comment in UTF-8', async () => {
    const statement = { ...table, name: 'caf\udce9', sql: 'CREATE TABLE "caf\udce9\u00e9" ();' };
    const script = Buffer.concat([...encodeScript([statement])]);
    expect(script.toString('latin1')).toBe(
      String.raw`-- {"kind":"TABLE","schema":"public","name":"caf\udce9","bytes":25}` +
        '\nCREATE TABLE "caf\u00e9\u00c3\u00a9" ();\n\n',
    );
    expect(await read(script)).toEqual([statement]);
  });

  it('keeps each comment on one line to every program', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const [script] = [...encodeScript([{ ...table, name: `${name}\n\u2028\u2029\u0085\0` }])];
        const comment = script!.toString().slice(0, -'\nCREATE TABLE users (id int);\n\n'.length);
        expect(comment).toMatch(/^-- \{[^\p{Cc}\p{Zl}\p{Zp}]*\}$/u);
      }),
    );
  });

  const good = '-- {"kind":"X","schema":null,"name":"n","bytes":2}\n';
  it.each([
    ['no comment', 'SELECT 1;\n\n', 'No comment line before statement 1 of x.sql'],
    ['no end of the comment', '-- {"kind":"X"', 'No comment line before statement 1'],
    ['a comment too long', `-- ${'x'.repeat(270_000)}\n`, 'No comment line before statement 1'],
    ['a second one without comment', `${good}ab\n\nSELECT 1;`, 'No comment line before statement 2'],
    ['no JSON', '-- hello\n', 'no valid JSON in the comment line before statement 1'],
    ['no object', '-- [1]\n', 'no JSON object'],
    ['no kind', '-- {"schema":null,"name":"n","bytes":1}\nx\n\n', 'kind of the comment line'],
    ['no schema', '-- {"kind":"X","name":"n","bytes":1}\nx\n\n', 'schema of the comment line'],
    [
      'a negative length',
      '-- {"kind":"X","schema":null,"name":"n","bytes":-1}\nx\n\n',
      'bytes of the comment line',
    ],
    [
      'a length above the limit',
      '-- {"kind":"X","schema":null,"name":"n","bytes":268435457}\n',
      'above the limit',
    ],
    ['a length too short', `${good}abc\n\n`, 'is not 2 bytes'],
    ['a length too long', `${good}a\n\n`, 'is not 2 bytes'],
    ['no end', `${good}ab\n`, 'is not 2 bytes'],
  ])('with %s is damaged', async (_case, script, message) => {
    await expect(read(script)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(message),
    });
  });

  it('is not written with a statement that no reader would take', () => {
    const statement = { kind: 'VIEW', schema: 'app', name: 'huge', sql: 'x'.repeat(32 * 1024 * 1024 + 1) };
    expect(() => [...encodeScript([statement])]).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: expect.stringContaining('The statement of VIEW huge, 33554433 bytes, is above the limit'),
      }),
    );
  });

  it('is not written with a comment that no reader would take', async () => {
    const named = (name: string) => ({ kind: 'FUNCTION', schema: 'app', name, sql: 'x' });
    const most = named('\u0001'.repeat(43_000));
    expect(await read(Buffer.concat([...encodeScript([most])]).toString())).toEqual([most]);
    expect(() => [...encodeScript([named('\u0001'.repeat(44_000))])]).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: expect.stringMatching(/What there is to say of FUNCTION .* is above the limit of 262144/),
      }),
    );
  });
});
