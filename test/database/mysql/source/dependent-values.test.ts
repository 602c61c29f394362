import { describe, expect, it } from 'vitest';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { useSourceBench } from './source-bench.ts';

/** MariaDB takes none that is rounded. */
const columnsWith = (
  digits: number,
): string => `id int PRIMARY KEY, ts timestamp(6) NULL, dt datetime(6), d date AS (cast(ts AS date)) STORED, h tinyint AS (hour(ts)) STORED,
  t time(${digits}) AS (cast(ts AS time(6))) STORED, x datetime(${digits}) AS (ts) STORED, text char(30) CHARACTER SET latin1 AS (ts) STORED,
  z timestamp(6) AS (dt) STORED, free date AS (cast(dt AS date)) STORED, shown date AS (cast(ts AS date)) VIRTUAL`;
const ROWS = `(1, '2020-01-01 05:00:00.987654', '2020-01-01 05:00:00.123456'), (2, NULL, NULL)`;

describe.each(await availableMysqlVersions())('stored generated columns of %s', (version) => {
  const bench = useSourceBench(version);
  const columns = columnsWith(version === 'mysql' ? 2 : 6);

  async function warnings(options = {}): Promise<string[]> {
    const source = await bench.open(options);
    await source.close();
    return bench.reporter.warnings.filter((warning) => warning.startsWith('Stored generated columns'));
  }

  it('that a restore works out otherwise are named', async () => {
    await bench.sql(
      "SET time_zone = '+11:00', sql_mode = ''",
      `CREATE TABLE g (${columns})`,
      `INSERT INTO g (id, ts, dt) VALUES ${ROWS}`,
    );
    expect(await warnings()).toEqual([
      'Stored generated columns have values that depend on what a session was set to, such as its time zone, and come back with ' +
        'other ones, as a session in UTC gets them: g.d, g.h, g.t, g.x, g.text, g.z. Servers take no values for them.',
    ]);
  });

  it('that come back as they are, or are left out, are not', async () => {
    await bench.sql(
      "SET time_zone = '+00:00', sql_mode = ''",
      `CREATE TABLE g (${columns})`,
      `INSERT INTO g (id, ts, dt) VALUES ${ROWS}`,
      "SET time_zone = '+11:00'",
      'CREATE TABLE without (id int, ts timestamp NULL, d date AS (cast(ts AS date)) STORED)',
      "INSERT INTO without (id, ts) VALUES (1, '2020-01-01 05:00')",
    );
    expect(await warnings({ excludeRows: (_: string, name: string) => name === 'without' })).toEqual([]);
  });

  it.skipIf(version !== 'mysql')('are named for the language of months and days too', async () => {
    await bench.sql(
      "SET lc_time_names = 'de_DE'",
      'CREATE TABLE g (d date, german varchar(20) AS (monthname(d)) STORED)',
      "INSERT INTO g (d) VALUES ('2020-03-01')",
    );
    expect(await warnings()).toEqual([expect.stringContaining('gets them: g.german.')]);
  });
});
