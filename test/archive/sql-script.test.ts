import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScriptStatement } from '../../src/archive/sql-script.ts';
import { decodeScript, encodeScript } from '../../src/archive/sql-script.ts';
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
    ['a comment too long', `-- ${'x'.repeat(70_000)}\n`, 'No comment line before statement 1'],
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
    ['bytes that are not UTF-8', Buffer.from(`${good}\xff\xff\n\n`, 'latin1'), 'is not UTF-8'],
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
});
