import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/database/mysql/connection/session.ts';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { readParts, readRows, useSourceBench } from './source-bench.ts';

describe.each(await availableMysqlVersions())('rows of %s', (version) => {
  const bench = useSourceBench(version, ['--max-allowed-packet=1G']);

  it('of all types come back as they are', async () => {
    await bench.sql(
      "SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'",
      `CREATE TABLE t (id bigint unsigned PRIMARY KEY, f float, d double, n decimal(65,30), b bit(64), y year, e enum('', 'x', 'ö'),
        z enum('a', 'b'), s set('a', 'b') , c char(5) CHARACTER SET latin1, u text CHARACTER SET utf16, j varchar(9) CHARACTER SET sjis,
        bin varbinary(300), dt datetime(6), ts timestamp(6) NULL, ti time(6), js json, g geometry, h int INVISIBLE, gen int AS (h + 1))`,
      `INSERT INTO t (id, f, d, n, b, y, e, z, s, c, u, j, bin, dt, ts, ti, js, g, h) VALUES
        (18446744073709551615, 16777217, 0.1, -1e-30, b'${'1'.repeat(64)}', 1901, 'x', 'a', 'a,b', 'é', 'é😀', _sjis x'835c', x'${Buffer.from(
          Array.from({ length: 256 }, (_, byte) => byte),
        ).toString(
          'hex',
        )}', '2020-02-31 01:02:03.000001', '2020-01-01 00:00:00.5', '-838:59:59', '{"a": [1, 2.50, "\\\\u0000"]}', ST_GeomFromText('POINT(1 2)'), 7),
        (0, 3.4e38, -0e0, 0, b'0', 0, '', 'nothing', '', '', '', '', '', '0000-00-00', NULL, '0', '[]', NULL, NULL),
        (1, NULL, NULL, NULL, NULL, NULL, 'nothing', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
    );
    const before = await contents('t');
    const source = await bench.open();
    const parts = await readParts(source, 't');
    const { loadStatement } = source.tables[0]!;
    await source.close();
    const session = await bench.connect();
    await session.run('CREATE TABLE copy LIKE t; RENAME TABLE t TO old, copy TO t');
    await session.run(loadStatement!);
    for (const part of parts) await session.run(part);
    expect(await contents('t')).toEqual(before);
    expect(before).toHaveLength(3);
  });

  it('come in the order of the primary key, whatever index has all columns', async () => {
    await bench.sql(
      'CREATE TABLE t (id int PRIMARY KEY, x int, KEY (x))',
      'INSERT INTO t VALUES (1, 3), (2, 2), (3, 1)',
    );
    expect(await readRows(await bench.open(), 't')).toEqual(['(1,3)', '(2,2)', '(3,1)']);
  });

  it('are counted where the server computes all columns, and none where there is none', async () => {
    await bench.sql(
      'CREATE TABLE t (x int AS (1))',
      'INSERT INTO t () VALUES (), ()',
      'CREATE TABLE none (x int)',
    );
    const source = await bench.open();
    expect(await readRows(source, 't')).toEqual(['()', '()']);
    expect(await readParts(source, 'none')).toEqual([]);
    await bench.connect().then((session) => readParts(source, 't').then(([part]) => session.run(part!)));
    expect(await bench.sql('SELECT count(*) AS n FROM t')).toEqual([{ n: 4 }]);
  });

  it.skipIf(version === 'mysql')('of the past come too (MySQL keeps none)', async () => {
    await bench.sql(
      'CREATE TABLE t (x int) WITH SYSTEM VERSIONING',
      'INSERT INTO t VALUES (1)',
      'UPDATE t SET x = 2',
    );
    const source = await bench.open();
    expect(await readRows(source, 't')).toHaveLength(2);
    expect(source.tables[0]!.loadStatement).toContain('system_versioning_insert_history = 1');
  });

  it('of tables with any names are read and written', async () => {
    const [table, column] = ['we`ird ; \'"\\ \n-- né', 'a`b\n\'"é'];
    const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
    await bench.sql(
      `CREATE TABLE ${quote(table)} (${quote(column)} int)`,
      `INSERT INTO ${quote(table)} VALUES (1)`,
    );
    const source = await bench.open();
    const [part] = await readParts(source, table);
    await source.close();
    await (await bench.connect()).run(part!);
    expect(await bench.sql(`SELECT count(*) AS n FROM ${quote(table)}`)).toEqual([{ n: 2 }]);
  });

  it('that could not be counted are refused by name', async () => {
    await bench.sql('CREATE TABLE t (`a\n,b` int)');
    await expect(bench.open()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('line break'),
    });
    await bench.open({ excludeRows: () => true });
  });

  it('tell the largest statement', async () => {
    await bench.sql('CREATE TABLE t (x longtext)', `INSERT INTO t VALUES (REPEAT('x', 3000000)), ('y')`);
    const source = await bench.open();
    const { length } = Buffer.concat(await readParts(source, 't'));
    const small = "INSERT INTO `t` (`x`) VALUES\n ('y')\n;\n".length;
    expect(source.facts['largestStatement']).toBe(length - small);
  });

  it('of 200 MB pass in bounded memory, as fast as they are taken', async () => {
    const size = 200_000_000;
    await bench.sql(
      'CREATE TABLE t (id int PRIMARY KEY, x longblob) ENGINE=InnoDB',
      `INSERT INTO t VALUES (1, REPEAT('0123456\\'\\n', ${size / 8})), (2, 'end')`,
    );
    const source = await bench.open({ jobs: 1 });
    const before = process.memoryUsage().rss;
    let [bytes, most, rows] = [0, 0, 0];
    for await (const part of source.parts(source.tables[0]!, 8 << 20)) {
      for await (const chunk of part.chunks) {
        bytes += chunk.length;
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      rows += part.rows();
    }
    expect(rows).toBe(2);
    expect(bytes).toBeGreaterThan(size);
    expect(most).toBeLessThan(100e6);
  }, 60_000);

  /** What the table holds, in hexadecimal digits where bytes matter. */
  async function contents(table: string): Promise<unknown[]> {
    const session: Session = await bench.connect();
    await session.run("SET time_zone = '+00:00'");
    return session.query(`SELECT id, CAST(f AS DOUBLE) AS f, CONCAT('', d) AS d, n, HEX(b) AS b, y, e + 0 AS e, z + 0 AS z, s, HEX(c) AS c, HEX(u) AS u,
      HEX(j) AS j, HEX(bin) AS bin, dt, ts, ti, HEX(js) AS js, HEX(g) AS g, gen, h FROM ${table} ORDER BY id`);
  }
});
