import { describe, expect, it } from 'vitest';
import type { Done, RowHandler } from '../../../../src/database/mysql/connection/session.ts';
import {
  type Ending,
  ResponseParser,
} from '../../../../src/database/mysql/connection/wire/response-parser.ts';
import { Random } from '../../../support/random.ts';

describe('ResponseParser', () => {
  const long = Buffer.alloc(70_000, 'long');
  const rows = [
    ['1', null, ''],
    [long.toString(), 'x'.repeat(250), 'y'.repeat(251)],
    [null, null, null],
    ['', 'z'.repeat(300), '\xfb\xfe\xff'],
  ];

  it('gives the same rows however the bytes are cut', () => {
    const stream = packets([
      ok(3, 2, 0x0008),
      ...resultSet(['a', 'b', 'c'], rows, 0x0008),
      ...resultSet(['d'], [['last']], 0),
    ]);
    const expected = 'done 3 2|a,b,c|' + rows.map(shown).join('|') + '|done 0 0|d|4:last|done 0 0|ended';
    expect(read(stream, [stream.length])).toBe(expected);
    expect(read(stream, Array(stream.length).fill(1) as number[])).toBe(expected);
    const random = new Random(20260101);
    for (let round = 0; round < 60; round += 1) {
      const widest = [3, 20, 300, 5000, 40_000][round % 5]!;
      const sizes = Array.from({ length: stream.length }, () => 1 + random.below(widest));
      expect(read(stream, sizes)).toBe(expected);
      expect(read(stream, sizes, () => true)).toBe(expected);
      expect(read(stream, sizes, () => random.below(2) === 0)).toBe(expected);
    }
    expect(read(stream, [stream.length], () => true)).toBe(expected);
  });

  it('joins what is longer than a packet', () => {
    const value = Buffer.alloc(0xff_ffff * 2 - 9, 'v');
    for (const length of [value.length, value.length - 1, value.length + 4]) {
      const row = Buffer.concat([lengthOf(length), Buffer.alloc(length, 'v')]);
      const stream = packets([...header(['a']), row, lengthCoded(['short']), eof(0)]);
      let bytes = 0;
      let ends = 0;
      const ending = parse(stream, [1 << 16], {
        null: () => undefined,
        bytes: (_column, _buffer, start, end) => (bytes += end - start),
        end: () => (ends += 1),
      });
      expect([ending, bytes, ends]).toEqual(['ended', length + 5, 2]);
    }
  });

  it('tells the error of a result that breaks off', () => {
    const error = Buffer.concat([Buffer.from([0xff, 0x2d, 0x05]), Buffer.from('#70100interrupted')]);
    const stream = packets([...header(['a']), lengthCoded(['1']), error]);
    const ending = parse(stream, [7], noRows);
    expect(ending).toMatchObject({ code: 1325, sqlState: '70100', message: 'interrupted' });
  });

  it.each([
    ['a request for a local file', [Buffer.from('\xfb/etc/passwd', 'latin1')], /file of this machine/],
    ['a row with too few values', [...header(['a', 'b']), lengthCoded(['1']), eof(0)], /values/],
    ['a row with too many values', [...header(['a']), lengthCoded(['1', '2']), eof(0)], /values/],
    ['an empty packet', [Buffer.alloc(0)], /empty/],
    ['a cut packet', [Buffer.from([0, 0])], /too early/],
    ['something after the end', [ok(0, 0, 0), ok(0, 0, 0)], /more than the answer/],
  ])('refuses %s', (_what, payloads, message) => {
    expect(() => parse(packets(payloads), [100_000], noRows)).toThrow(message);
  });

  it('refuses whole rows that are not in order', () => {
    const stream = packets(resultSet(['a'], [['1'], ['2']], 0));
    const second = stream.length - 9 - 6;
    expect(stream.subarray(second, second + 6)).toEqual(Buffer.from([2, 0, 0, 5, 1, 0x32]));
    stream[second + 3] = 6;
    expect(() => parse(stream, [100], { ...noRows, row: () => true })).toThrow(/in turn/);
  });

  it('tells the error behind whole rows', () => {
    const error = Buffer.concat([Buffer.from([0xff, 0x2d, 0x05]), Buffer.from('#70100interrupted')]);
    const stream = packets([...header(['a']), lengthCoded(['1']), error]);
    expect(parse(stream, [1000], { ...noRows, row: () => true })).toMatchObject({ code: 1325 });
  });

  it('refuses packets that are not in order', () => {
    const stream = packets([ok(0, 0, 0x0008), ok(0, 0, 0)]);
    stream[3] = 2;
    expect(() => parse(stream, [100], noRows)).toThrow(/in turn/);
  });
});

const noRows: RowHandler = { null: () => undefined, bytes: () => undefined, end: () => undefined };

function parse(stream: Buffer, sizes: number[], handler: RowHandler): Ending {
  const parser = new ResponseParser({ columns: () => handler, done: () => undefined }, 1);
  return feed(parser, stream, sizes);
}

function feed(parser: ResponseParser, stream: Buffer, sizes: number[]): Ending {
  let ending: Ending = 'more';
  for (let start = 0, index = 0; start < stream.length; index += 1) {
    const end = start + sizes[index % sizes.length]!;
    // A socket's buffer is used again.
    const shared = Buffer.from(stream.subarray(start, end));
    ending = parser.take(shared);
    shared.fill(0x3f);
    start = end;
  }
  return ending;
}

/**
 * Everything that a parser says of a stream, as one text.
 * @param takesRow whether the handler takes a row as a whole; none of them unless given
 */
function read(stream: Buffer, sizes: number[], takesRow?: () => boolean): string {
  const said: string[] = [];
  let row: (string | null)[] = [];
  let pieces: Buffer[] = [];
  const handler: RowHandler = {
    null: (column) => (row[column] = null),
    bytes: (column, buffer, start, end, isLast) => {
      pieces.push(Buffer.from(buffer.subarray(start, end)));
      if (!isLast) return;
      row[column] = Buffer.concat(pieces).toString('latin1');
      pieces = [];
    },
    end: () => {
      said.push(shown(row));
      row = [];
    },
    ...(takesRow && {
      row: (buffer: Buffer, start: number, end: number): boolean => {
        if (!takesRow()) return false;
        said.push(shown(valuesOf(buffer.subarray(start, end))));
        return true;
      },
    }),
  };
  const parser = new ResponseParser(
    {
      columns: (names) => {
        said.push(names.map(String).join(','));
        return handler;
      },
      done: (done: Done) => said.push(`done ${done.affectedRows} ${done.warnings}`),
    },
    1,
  );
  const ending = feed(parser, stream, sizes);
  return [...said, String(ending)].join('|');
}

/** The values of a row's packet. */
function valuesOf(packet: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  for (let position = 0; position < packet.length;) {
    const lead = packet[position]!;
    position += 1;
    if (lead === 0xfb) {
      values.push(null);
      continue;
    }
    const extra = lead === 0xfc ? 2 : lead === 0xfd ? 3 : 0;
    const length = extra === 0 ? lead : packet.readUIntLE(position, extra);
    position += extra;
    values.push(packet.toString('latin1', position, position + length));
    position += length;
  }
  return values;
}

function shown(row: (string | null)[]): string {
  return row.map((value) => (value === null ? 'null' : `${value.length}:${value.slice(0, 9)}`)).join(',');
}

function packets(payloads: Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let sequence = 1;
  for (const payload of payloads) {
    for (let start = 0; ; start += 0xff_ffff) {
      const piece = payload.subarray(start, start + 0xff_ffff);
      const head = Buffer.alloc(4);
      head.writeUIntLE(piece.length, 0, 3);
      head[3] = sequence;
      sequence = (sequence + 1) & 0xff;
      parts.push(head, piece);
      if (piece.length < 0xff_ffff) break;
    }
  }
  return Buffer.concat(parts);
}

function resultSet(names: string[], rows: (string | null)[][], status: number): Buffer[] {
  return [...header(names), ...rows.map(lengthCoded), eof(status)];
}

function header(names: string[]): Buffer[] {
  const definitions = names.map((name) =>
    Buffer.concat([lengthCoded(['def', 'db', 't', 't', name, name]), Buffer.alloc(13, 12)]),
  );
  return [Buffer.of(names.length), ...definitions, eof(0)];
}

function ok(affected: number, warnings: number, status: number): Buffer {
  return Buffer.from([0, affected, 0, status, 0, warnings, 0]);
}

function eof(status: number): Buffer {
  return Buffer.from([0xfe, 0, 0, status, 0]);
}

function lengthCoded(values: (string | null)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) =>
      value === null ? [Buffer.of(0xfb)] : [lengthOf(value.length), Buffer.from(value, 'latin1')],
    ),
  );
}

function lengthOf(length: number): Buffer {
  if (length < 251) return Buffer.of(length);
  const bytes = length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 8;
  const buffer = Buffer.alloc(bytes + 1);
  buffer[0] = bytes === 2 ? 0xfc : bytes === 3 ? 0xfd : 0xfe;
  buffer.writeUIntLE(length, 1, Math.min(bytes, 6));
  return buffer;
}
