import { describe, expect, it } from 'vitest';
import type { Literal } from '../../../../src/database/mysql/columns.ts';
import { literalForms } from '../../../../src/database/mysql/source/literals.ts';
import { RowText, STATEMENT_BYTES } from '../../../../src/database/mysql/source/row-text.ts';

const HEAD = 'INSERT INTO `t` (`a`) VALUES\n';
type Value = Buffer | string | null;

interface Text {
  readonly parts: { readonly text: string; readonly rows: number }[];
  readonly largest: number;
}

/** @param pieceBytes in pieces of how many bytes values come */
function write(
  rows: Iterable<readonly Value[]>,
  kinds: readonly Literal[],
  { partBytes = 8 << 20, pieceBytes = Infinity } = {},
): Text {
  const text = new RowText(
    Buffer.from(HEAD),
    kinds.map((kind) => literalForms[kind]),
    partBytes,
  );
  const parts: Text['parts'] = [];
  let chunks: Buffer[] = [];
  const drain = (): void => {
    for (let piece = text.take(); piece !== undefined; piece = text.take()) {
      if (Buffer.isBuffer(piece)) {
        chunks.push(piece);
        continue;
      }
      parts.push({ text: Buffer.concat(chunks).toString('latin1'), rows: piece.rows });
      chunks = [];
    }
  };
  for (const row of rows) {
    row.forEach((value, column) => {
      if (value === null) return text.null(column);
      const bytes = Buffer.from(value);
      for (let start = 0; ; start += pieceBytes) {
        const end = Math.min(bytes.length, start + pieceBytes);
        // The buffer is used again, as the one of a socket is.
        const shared = Buffer.from(bytes.subarray(start, end));
        text.bytes(column, shared, 0, shared.length, end === bytes.length);
        shared.fill(0x3f);
        drain();
        if (end === bytes.length) break;
      }
    });
    text.end();
    drain();
  }
  text.finish();
  drain();
  return { parts, largest: text.largestStatement };
}

function statementsOf({ parts }: Text): string[] {
  return parts.flatMap(({ text }) => text.split(/(?<=\n;\n)/));
}

describe('the text of rows', () => {
  it('has a row a line, with marks', () => {
    const rows = [
      ['1', 'x'],
      ['2', null],
      ['3', ''],
    ];
    expect(write(rows, ['bare', 'bytes']).parts).toEqual([
      { text: `${HEAD} (1,'x')\n,(2,NULL)\n,(3,'')\n;\n`, rows: 3 },
    ]);
  });

  it('has no part without rows', () => {
    expect(write([], ['bare']).parts).toEqual([]);
  });

  it('escapes what would end a literal, a line or a file, and nothing else', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const [part] = write([[all]], ['bytes']).parts;
    const letters: Record<string, string> = {
      '\0': '0',
      '\n': 'n',
      '\r': 'r',
      '\x1a': 'Z',
      "'": "'",
      '\\': '\\',
    };
    const expected = Array.from(all.toString('latin1'), (one) =>
      one in letters ? `\\${letters[one]}` : one,
    ).join('');
    expect(part?.text).toBe(`${HEAD} ('${expected}')\n;\n`);
  });

  it.each([
    ['utf8', "_utf8mb4'{}'", "_utf8mb4''"],
    ['enum', "'{}'", '0'],
    ['bytes', "'{}'", "''"],
  ] as const)('writes %s', (kind, full, empty) => {
    expect(write([['{}'], ['']], [kind]).parts[0]?.text).toBe(`${HEAD} (${full})\n,(${empty})\n;\n`);
  });

  it('closes a statement before the row that would make it too large', () => {
    const row = 'x'.repeat(299_990);
    const text = write([[row], [row], [row], [row], ['y']], ['bytes']);
    const statements = statementsOf(text);
    expect(statements.map((statement) => statement.split('\n').length - 3)).toEqual([3, 2]);
    expect(statements.every((statement) => statement.startsWith(`${HEAD} (`))).toBe(true);
    expect(text.largest).toBe(Math.max(...statements.map(({ length }) => length)));
    expect(text.largest).toBeLessThanOrEqual(STATEMENT_BYTES);
  });

  it('fills statements to the last byte', () => {
    const around = HEAD.length + " ('')\n".length + ",('')\n".length + ';\n'.length;
    const fitting = 'x'.repeat(STATEMENT_BYTES - around - 1);
    expect(statementsOf(write([[fitting], ['y']], ['bytes']))).toHaveLength(1);
    expect(statementsOf(write([[fitting], ['yz']], ['bytes']))).toHaveLength(2);
  });

  it('gives a row above the limit a statement of its own, also after small ones', () => {
    const large = "'".repeat(STATEMENT_BYTES);
    const statements = statementsOf(write([['a'], [large], ['b'], ['c']], ['bytes']));
    expect(statements.map((statement) => statement.split('\n').length - 3)).toEqual([1, 1, 2]);
    expect(statements[1]).toBe(`${HEAD} ('${"\\'".repeat(STATEMENT_BYTES)}')\n;\n`);
  });

  it('cuts parts at the first row that makes them large enough', () => {
    const rows = Array.from({ length: 10 }, (_, index) => [`${index}`.repeat(100)]);
    const { parts } = write(rows, ['bytes'], { partBytes: 349 });
    expect(parts.map((part) => part.rows)).toEqual([3, 3, 3, 1]);
    for (const { text } of parts) expect(text).toMatch(/^INSERT[^]*\n;\n$/);
    for (const { text } of parts.slice(0, -1)) expect(text.length).toBeGreaterThanOrEqual(349);
  });

  it('is the same however the bytes come', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const rows = Array.from({ length: 300 }, () => [
      `${random(1000)}`,
      random(5) === 0 ? null : Buffer.alloc(random(random(40) === 0 ? 700_000 : 3000), random(256)),
    ]);
    const kinds = ['bare', 'bytes'] as const;
    const whole = write(rows, kinds, { partBytes: 2_000_000 });
    expect(whole.parts.length).toBeGreaterThan(1);
    expect(whole.parts.reduce((sum, part) => sum + part.rows, 0)).toBe(300);
    for (const pieceBytes of [1000, 65_536, 262_144]) {
      expect(write(rows, kinds, { partBytes: 2_000_000, pieceBytes })).toEqual(whole);
    }
    const lines = whole.parts.flatMap(({ text }) => text.split('\n').filter((line) => /^[ ,]/.test(line)));
    expect(lines).toHaveLength(300);
    for (const statement of statementsOf(whole)) {
      if (statement.split('\n').length > 4) expect(statement.length).toBeLessThanOrEqual(STATEMENT_BYTES);
    }
  });
});
