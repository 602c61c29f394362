import { describe, expect, test } from 'vitest';
import { readStatements, writeProgram } from '../../../src/database/mysql/script.ts';

const bodies: Record<string, string> = {
  plain: 'CREATE PROCEDURE p() SELECT 1',
  empty: '',
  'delimiters of all kinds': 'a ;; b $$ c // d $1$ e $2$',
  'the word DELIMITER': 'CREATE PROCEDURE p() BEGIN\nDELIMITER ;;\nx\n;;\nDELIMITER ;\nEND',
  'a comment at the end': 'CREATE PROCEDURE p() SELECT 1 -- x',
  'spaces and line breaks at both ends': ' \n\r\nCREATE\r\n \n',
  'semicolons at the end': 'CREATE PROCEDURE p() BEGIN END;',
  'comments close to words': 'SELECT/*a*/1/*! b */',
  'every quote': `/*a*/1 '"\``,
  'bytes that are no UTF-8': 'SELECT \udce9\udc83\\ /*x*/y \0 \x1a',
  'what guards a statement': '/*!999999 " */ SELECT 1\n/*!999999 " */',
  'the beginning of a guard': '/*!999999 " */ SELECT 1',
};

describe('a program as text', () => {
  for (const [title, body] of Object.entries(bodies)) {
    test(`gives ${title} back`, () => {
      const program = {
        settings: ["SET sql_mode = 'ANSI', time_zone = 'SYSTEM'"],
        prelude: ['CREATE TABLE `;;\n` (a int)'],
        body,
        postlude: ['DROP TABLE `;;\n`'],
        restoring: ['ALTER DATABASE CHARACTER SET utf8mb4'],
      };
      expect(readStatements(writeProgram(program))).toEqual([
        ...program.settings,
        ...program.prelude,
        body,
        ...program.postlude,
        ...program.restoring,
      ]);
      expect(readStatements(writeProgram({ settings: [], body }))).toEqual([body]);
    });
  }

  test('a plain statement is one, whatever is in it', () => {
    const sql = "CREATE TABLE t (a int) COMMENT '\nDELIMITER ;;\nx;\n;;\nDELIMITER ;\n';";
    expect(readStatements(sql)).toEqual([sql.slice(0, -1)]);
    expect(readStatements("SET sql_mode = '';")).toEqual(["SET sql_mode = ''"]);
  });

  test('a text that was cut off is refused', () => {
    const sql = writeProgram({ settings: [], body: 'SELECT 1' });
    expect(() => readStatements(sql.slice(0, 20))).toThrow('does not end with ;;');
  });

  test('a setting of several lines is refused', () => {
    expect(() => writeProgram({ settings: ['SET a = 1;\nDROP'], body: '' })).toThrow('no setting');
  });
});
