import { describe, expect, it } from 'vitest';
import { keyRanges, rangeClauses } from '../../../../src/database/mysql/source/slices.ts';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { readRows, useSourceBench } from './source-bench.ts';

const ROWS = 2000;
const PIECES = 8;
const digit = `(${Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ')})`;
/** Numbers from 0 on, as a table. */
const numbers = `(SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d AS i FROM ${digit} a JOIN ${digit} b JOIN ${digit} c JOIN ${digit} e
  HAVING i < ${ROWS} ORDER BY i) AS numbers`;

/** A table of which the server can tell ranges: its columns, the expressions for their values, its key. */
interface Sample {
  readonly columns: string;
  readonly values: string;
  readonly key?: string;
}

const cut: Readonly<Record<string, Sample>> = {
  'numbers one after another': { columns: 'k int', values: 'i' },
  'negative numbers': { columns: 'k smallint', values: 'i - 1000' },
  'numbers above 2^63': { columns: 'k bigint unsigned', values: '18446744073709551615 - i * i' },
  'numbers of which one is far off': { columns: 'k bigint', values: 'IF(i = 0, 9223372036854775807, i)' },
  'numbers with leading zeros': { columns: 'k int(9) unsigned zerofill', values: 'i * 7' },
  decimals: { columns: 'k decimal(30,10)', values: '(i - 1000) * 0.0000000001' },
  dates: { columns: 'k date', values: "'1999-12-01' + INTERVAL i DAY" },
  moments: { columns: 'k datetime(6)', values: "'2024-02-28' + INTERVAL i * 1001 SECOND" },
  stamps: { columns: 'k timestamp', values: "'2024-10-27 00:30:00' + INTERVAL i MINUTE" },
  'random bytes': { columns: 'k binary(16)', values: 'UNHEX(LEFT(SHA2(i, 256), 32))' },
  'bytes of any length': {
    columns: 'k varbinary(40)',
    values: 'CONCAT(UNHEX(LEFT(SHA2(i, 256), 32)), REPEAT(CHAR(0), i % 3))',
  },
  UUIDs: {
    columns: 'k char(36) CHARACTER SET ascii',
    values: "INSERT(INSERT(LEFT(SHA2(i, 256), 32), 9, 0, '-'), 14, 0, '-')",
  },
  capitals: { columns: 'k varchar(40) COLLATE utf8mb4_bin', values: 'UPPER(LEFT(SHA2(i, 256), 32))' },
  'letters whatever their case': {
    columns: 'k varchar(40) COLLATE utf8mb4_unicode_ci',
    values: "CONCAT(ELT(1 + i % 5, 'a', 'A', 'á', 'Ä', 'z'), CONV(i * 7919 % 2003, 10, 36), ' ')",
  },
  'quotes and backslashes': {
    columns: 'k varchar(40) COLLATE utf8mb4_bin',
    values: "CONCAT(\"'\", i * 7919 % 2003, '\\\\')",
  },
  latin1: {
    columns: 'k varchar(40) CHARACTER SET latin1',
    values: "CONCAT(ELT(1 + i % 3, 'é', 'ü', 'n'), i * 7919 % 2003)",
  },
  'other scripts': { columns: 'k varchar(40)', values: 'CONCAT(CHAR(0xd090 + i % 32 USING utf8mb4), i)' },
  'two columns': {
    columns: 'a int, b varchar(40)',
    values: 'i % 2, LEFT(SHA2(i, 256), 32)',
    key: 'PRIMARY KEY (a, b)',
  },
  'three columns with one that is alike': {
    columns: 'a int, b date, c bigint',
    values: "7, '2024-01-01' + INTERVAL i % 3 DAY, i",
    key: 'PRIMARY KEY (a, b, c)',
  },
  'columns behind which one is no bound': {
    columns: "a int, b enum('y', 'x')",
    values: "i DIV 2, ELT(1 + i % 2, 'x', 'y')",
    key: 'PRIMARY KEY (a, b)',
  },
  'a unique key': {
    columns: 'k int NOT NULL, x int, n int',
    values: 'i * 3, 5000 - i, NULL',
    key: 'UNIQUE KEY n (n), UNIQUE KEY `k``1` (k)',
  },
};

const whole: Readonly<Record<string, Sample>> = {
  'no key': { columns: 'k int', values: 'i', key: 'KEY (k)' },
  'a key that may be NULL': { columns: 'k int', values: 'i', key: 'UNIQUE KEY (k)' },
  partitions: { columns: 'k int', values: 'i', key: 'PRIMARY KEY (k)) PARTITION BY HASH (k) PARTITIONS (2' },
  'a part of a column': {
    columns: 'k varchar(40)',
    values: 'LEFT(SHA2(i, 256), 32)',
    key: 'PRIMARY KEY (k(32))',
  },
  floats: { columns: 'k double', values: 'i / 7' },
  'a character set of which letters are not known': {
    columns: 'k varchar(40) CHARACTER SET utf16',
    values: 'LEFT(SHA2(i, 256), 32)',
  },
  'padded letters that are compared without their padding': {
    columns: 'k char(40) COLLATE NOPAD',
    values: 'LEFT(SHA2(i, 256), 32)',
  },
  'dates that there are not': {
    columns: 'k date',
    values: "IF(i = 0, '0000-00-00', '2024-01-01' + INTERVAL i DAY)",
  },
};

describe.each(await availableMysqlVersions())('slices of %s', (version) => {
  const bench = useSourceBench(version);

  async function make(name: string, { columns, values, key }: Sample): Promise<string[]> {
    const names = columns.split(/, (?=\w)/).map((column) => column.split(' ')[0]!);
    const definition = `CREATE TABLE t (${columns}, payload char(200) NOT NULL DEFAULT 'x', ${key ?? 'PRIMARY KEY (k)'})`;
    const noPad = version.startsWith('mysql') ? 'utf8mb4_0900_bin' : 'utf8mb4_nopad_bin';
    await bench.sql(
      "SET sql_mode = ''",
      definition.replace(/PARTITIONS \(2\)$/, 'PARTITIONS 2').replace('NOPAD', noPad),
      `INSERT INTO t (${names.join(', ')}) SELECT ${values} FROM ${numbers}`,
      'ANALYZE TABLE t',
    );
    const [count] = await bench.sql('SELECT COUNT(*) AS n FROM t');
    expect([name, count]).toEqual([name, { n: ROWS }]);
    return names;
  }

  it.each(Object.entries(cut))('part %s', async (name, sample) => {
    const columns = await make(name, sample);
    const session = await bench.connect();
    const ranges = await keyRanges(session, { name: 't', estimatedBytes: PIECES }, 1);
    // Where letters lie can only be guessed.
    expect(ranges.length).toBeGreaterThan(PIECES / 4);
    const values = columns.map((column) => `HEX(CAST(${column} AS BINARY)) AS ${column}`).join(', ');
    const slices: unknown[][] = [];
    for (const range of ranges) {
      const from = `FROM t ${rangeClauses(range)}`;
      const [plan] = await session.query(`EXPLAIN FORMAT=TRADITIONAL SELECT payload ${from}`);
      expect(plan).toMatchObject({ type: 'range', Extra: expect.not.stringContaining('filesort') });
      slices.push(await session.query(`SELECT ${values} ${from}`));
    }
    // Every row once, in the order of the table.
    const all = await session.query(`SELECT ${values} FROM t USE INDEX ()`);
    expect(JSON.stringify(slices.flat()) === JSON.stringify(all)).toBe(true);
    for (const { length } of slices) expect(length).toBeLessThan(ROWS * 0.6);
  });

  it.each(Object.entries(whole))('are one of a table with %s', async (name, sample) => {
    await make(name, sample);
    const session = await bench.connect();
    expect(await keyRanges(session, { name: 't', estimatedBytes: PIECES }, 1)).toEqual([]);
  });

  it('hold what the whole table holds, each read by itself', async () => {
    await make('t', { columns: 'k int', values: 'i' });
    await bench.sql(
      'CREATE TABLE other (k int, x longtext, PRIMARY KEY (k)) ENGINE=MyISAM',
      "INSERT INTO other SELECT k, REPEAT('x', 200) FROM t",
    );
    const source = await bench.open({}, 1 << 16);
    const [other, table] = source.tables;
    expect(other!.estimatedBytes).toBeGreaterThan(1 << 17);
    // Nobody keeps one that knows no transactions from changing between two readings.
    expect(await source.slices(other!)).toEqual([other]);
    const slices = await source.slices(table!);
    expect(slices.length).toBeGreaterThan(3);
    expect(await source.slices(table!)).toEqual(slices);
    const read = await Promise.all(slices.map((slice) => readRows(source, 't', slice)));
    for (const rows of read) expect(rows.length).toBeGreaterThan(ROWS / 50);
    expect(read.flat().join('\n') === (await readRows(source, 't')).join('\n')).toBe(true);
    expect(await bench.open().then((large) => large.slices(table!))).toEqual([table]);
  });
});
