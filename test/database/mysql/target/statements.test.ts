import { describe, expect, it } from 'vitest';
import { disabledEvent } from '../../../../src/database/mysql/target/load/disabled-event.ts';
import { packStatements } from '../../../../src/database/mysql/target/swap/packets.ts';
import { splitStatements } from '../../../../src/database/mysql/target/load/split-statements.ts';
import { ZeroLiterals } from '../../../../src/database/mysql/target/load/zero-literals.ts';

/** A buffer in pieces of `length` bytes. */
async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < bytes.length; position += length) {
    yield bytes.subarray(position, position + length);
  }
}

describe('splitStatements', () => {
  const header = 'INSERT INTO `a\n;\n``b` (`x`) VALUES';
  const first = `${header}\n ('\\n;\\'')\n,(';')\n`;
  const second = `${header}\n ('`;
  const part = Buffer.concat([
    Buffer.from(`${first};\n${second}`),
    Buffer.from([0xff, 0x00, 0x60]),
    Buffer.from("')\n;\n"),
  ]);

  it.each([1, 2, 3, 7, 1000])('finds statements in pieces of %i bytes', async (length) => {
    const statements: string[] = [];
    for await (const statement of splitStatements(inPieces(part, length))) {
      let text = '';
      for await (const piece of statement) text += piece.toString('latin1');
      statements.push(text);
    }
    expect(statements).toEqual([first, `${second}\xff\0\`')\n`]);
  });

  it('finds none in nothing, and one that does not end', async () => {
    for (const [text, count] of [
      ['', 0],
      ['INSERT INTO `a` VALUES\n (1)', 1],
    ] as const) {
      let found = 0;
      for await (const statement of splitStatements(inPieces(Buffer.from(text), 4))) {
        found += 1;
        for await (const piece of statement) expect(piece.length).toBeGreaterThan(0);
      }
      expect(found).toBe(count);
    }
  });
});

describe('ZeroLiterals', () => {
  it.each([1, 5, 1000])('counts bare zeros of chosen columns, in pieces of %i bytes', async (length) => {
    const rows =
      "INSERT INTO `a\n(0` (`x`) VALUES\n (0,0,'0',0)\n,(00,'\\',0,0',0,10)\n,(NULL,_binary'(',0,0)\n";
    const zeros = new ZeroLiterals(new Set([0, 3]));
    let seen = '';
    for await (const piece of zeros.watch(inPieces(Buffer.from(rows), length))) seen += piece.toString();
    expect(zeros.count).toBe(3);
    expect(seen).toBe(rows);
  });
});

describe('packStatements', () => {
  it('joins what fits, and ends a packet behind what must be its last', () => {
    const statements = [
      'SET a = 1',
      'CREATE FUNCTION f() RETURN 1',
      'DROP VIEW v',
      'CREATE VIEW v AS SELECT 1',
    ];
    expect(packStatements(statements, 5000, () => false)).toEqual([statements.join('\n;\n')]);
    expect(packStatements(statements, 5000, (sql) => sql.startsWith('CREATE '))).toEqual([
      statements.slice(0, 2).join('\n;\n'),
      statements.slice(2).join('\n;\n'),
    ]);
    expect(packStatements(statements, 1024 + 45, () => false)).toHaveLength(2);
    expect(packStatements(['x'.repeat(9000)], 100, () => false)).toHaveLength(1);
  });
});

describe('disabledEvent', () => {
  const event = (name: string, status: string, rest = ''): string =>
    `CREATE DEFINER=\`a\`@\`%\` EVENT ${name} ON SCHEDULE EVERY 1 DAY STARTS '2001-01-01 00:00:00' ON COMPLETION NOT PRESERVE ${status} ${rest}DO SELECT ' ON COMPLETION PRESERVE ENABLE '`;

  it.each(['ENABLE', 'DISABLE', 'DISABLE ON SLAVE', 'DISABLE ON REPLICA'])(
    'disables one that is %s',
    (status) => {
      for (const name of [
        '`e`',
        '` ON COMPLETION PRESERVE ENABLE ``x`',
        '"a ON COMPLETION PRESERVE ENABLE "',
      ]) {
        expect(disabledEvent(event(name, status, "COMMENT 'ENABLE' "))).toBe(
          event(name, 'DISABLE', "COMMENT 'ENABLE' "),
        );
      }
    },
  );

  it('says so when it is none', () => {
    expect(disabledEvent('CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO SELECT 1')).toBe(null);
    expect(disabledEvent("SET sql_mode = ' ON COMPLETION PRESERVE ENABLE '")).toBe(null);
  });
});
