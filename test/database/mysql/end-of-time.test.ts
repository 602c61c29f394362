import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../../../src/database/engine.ts';
import { mysql } from '../../../src/database/mysql/mysql.ts';
import { exchangeRowEnds } from '../../../src/database/mysql/target/load/row-ends.ts';
import { findMysql, type MysqlServer, startMysql } from '../../servers/mysql.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { copyDatabase } from './fidelity.ts';
import { readRows } from './source/source-bench.ts';

const [OLD, NEW] = ['2038-01-19 03:14:07.999999', '2106-02-07 06:28:15.999999'];
const versions = ['mariadb', 'mariadb-newest'] as const;
const found = await Promise.all(versions.map(findMysql));

/** Of each table one row that is current, one that was changed and one that is gone. */
const TABLES = `
  CREATE TABLE plain (id int PRIMARY KEY, a varchar(90)) WITH SYSTEM VERSIONING;
  CREATE TABLE parts (id int, a varchar(90)) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION p HISTORY, PARTITION n CURRENT);
  CREATE TABLE named (id int PRIMARY KEY, a varchar(90), till timestamp(6) GENERATED ALWAYS AS ROW END,
    since timestamp(6) GENERATED ALWAYS AS ROW START, b int AS (id + 1) STORED, PERIOD FOR SYSTEM_TIME (since, till)) WITH SYSTEM VERSIONING;
  CREATE TABLE own (id int PRIMARY KEY, a varchar(90), row_end datetime(6));
  INSERT INTO own VALUES (1, 'x', '${OLD}')`;
const NAMES = ['plain', 'parts', 'named'];

describe.skipIf(found.some(({ reason }) => reason !== undefined))('the end of time', () => {
  const servers = new Map<string, MysqlServer>();
  beforeAll(async () => {
    for (const version of versions) servers.set(version, await startMysql({ version }));
  }, 120_000);
  afterAll(() => Promise.all(Array.from(servers.values(), (server) => server.stop())));

  it.each([
    ['mariadb', 'mariadb-newest'],
    ['mariadb-newest', 'mariadb'],
    ['mariadb', 'mariadb'],
  ])('of %s becomes that of %s, and current rows stay current', { timeout: 120_000 }, async (from, to) => {
    const [source, target] = [servers.get(from)!, servers.get(to)!];
    await source.createDatabase('source', 'CHARACTER SET latin1');
    try {
      await source.query('source', TABLES);
      for (const name of NAMES) {
        await source.query(
          'source',
          `INSERT INTO ${name} (id, a) VALUES (1, 'old'), (2, ',''${OLD}'')'), (3, 'gone');
          UPDATE ${name} SET a = '${NEW}' WHERE id = 1; DELETE FROM ${name} WHERE id = 3`,
        );
      }
      const facts = await copyDatabase(source, 'source', 'target', target);
      for (const name of NAMES) {
        const rows = `SELECT id, a FROM ${name} ORDER BY id`;
        expect(await target.query('target', rows)).toEqual([
          { id: 1, a: NEW },
          { id: 2, a: `,'${OLD}')` },
        ]);
        const past = `SELECT id, a FROM ${name} FOR SYSTEM_TIME ALL ORDER BY id, a`;
        expect(await target.query('target', past)).toEqual(await source.query('source', past));
      }
      expect(await target.query('target', 'SELECT row_end FROM own')).toEqual([{ row_end: OLD }]);

      const wanted = await allRows(source.url('source'), facts);
      expect(await allRows(target.url('target'), facts)).toEqual(wanted);
      // A row that is of the past here and current there is another one, whatever the moment is called.
      expect(wanted.join('\n')).toContain(String(facts['endOfTime']));
      await target.query('target', 'DELETE FROM plain WHERE id = 2');
      if (to === 'mariadb-newest') {
        await target.query(
          'target',
          `SET time_zone = '+00:00', system_versioning_insert_history = 1;
          INSERT INTO plain (id, a, row_start, row_end) VALUES (4, 'past', '2020-01-01', '${OLD}')`,
        );
        const past = (await allRows(target.url('target'), facts)).find((row) => row.includes("'past'"));
        expect(past).toContain(NEW);
      }
      expect(await allRows(target.url('target'), facts)).not.toEqual(wanted);
    } finally {
      await source.dropDatabase('source');
      await target.dropDatabase('target');
    }
  });

  it('that an older backup does not tell is that of its version', async () => {
    const server = servers.get('mariadb-newest')!;
    await server.createDatabase('source', 'CHARACTER SET latin1');
    try {
      await server.query('source', TABLES);
      await server.query('source', "INSERT INTO plain VALUES (1, 'a')");
      const source = await mysql.openSource(sourceOptions(server.url('source')));
      const { endOfTime: _told, ...untold } = source.facts;
      await source.close();
      expect(_told).toBe(NEW);
      const ends = async (versionNumber: number): Promise<string> =>
        (await allRows(server.url('source'), { ...untold, versionNumber })).join('\n');
      expect(await ends(101118)).toContain(`'${OLD}'`);
      expect(await ends(110500)).toContain(`'${NEW}'`);
    } finally {
      await server.dropDatabase('source');
    }
  });

  /** The rows of all tables as they are compared with an archive. */
  async function allRows(url: string, facts: DatabaseFacts): Promise<string[]> {
    const source = await mysql.openSource(sourceOptions(url, { comparedWith: facts }));
    try {
      const rows = [];
      for (const name of [...NAMES, 'own']) rows.push(...(await readRows(source, name)).toSorted());
      return rows;
    } finally {
      await source.close();
    }
  }
});

describe('the ends of rows', () => {
  const row = (...values: readonly string[]): string => `(${values.join(',')})\n`;
  const long = `'${'x'.repeat(200)}'`;
  const text = [
    'INSERT INTO `t` VALUES\n ',
    row('1', `'${OLD}'`, "'2020-01-01 00:00:00.000000'", `'${OLD}'`),
    `,${row(`'${OLD}'`, `'\\'${OLD}\\')'`, `'2020-01-01 00:00:00.000000'`, `'${NEW}'`)}`,
    `,${row(long, `'${OLD}'`, "'2020-01-01 00:00:00.000000'")}`,
    `,${row(`'${OLD}'`, long, "'2020-01-01 00:00:00.000000'", "'2021-01-01 00:00:00.000000'")}`,
    `,${row('2', `'é\udcff'`, "'2020-01-01 00:00:00.000000'", `'${OLD}'`)}`,
  ].join('');

  it.each([1, 7, 64, 65, 1000])('are exchanged in pieces of %i bytes', async (size) => {
    const bytes = Buffer.from(text);
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const exchanged = Buffer.concat(await Array.fromAsync(exchangeRowEnds(pieces(), OLD, NEW)));
    const marked = text
      .replaceAll(`'${OLD}')\n`, "'later')\n")
      .replaceAll(`'${NEW}')\n`, "'sooner')\n")
      .replace(`${long},'${OLD}'`, `${long},'later'`);
    const wanted = marked.replaceAll("'later'", `'${NEW}'`).replaceAll("'sooner'", `'${OLD}'`);
    expect(exchanged).toEqual(Buffer.from(wanted));
  });
});
