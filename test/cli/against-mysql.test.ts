import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../servers/mysql.ts';
import { type HoldfastResult, runHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

const cwd = await folderOfFile();

describe.each(await availableMysqlVersions())('verify --against on %s', (version) => {
  const archive = `${version}.zip`;
  let server: MysqlServer;
  let copies = 0;

  beforeAll(async () => {
    server = await startMysql({ version });
    await server.createDatabase('source');
    await server.query(
      'source',
      `CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, KEY (name));
      INSERT INTO people (name) VALUES ('a'), ('b\\'\\n ,'), ('c');
      CREATE TABLE odd (a int, b text);
      INSERT INTO odd VALUES (1, 'x'), (2, NULL), (2, NULL);
      CREATE VIEW named AS SELECT name FROM people;
      CREATE TRIGGER t BEFORE INSERT ON odd FOR EACH ROW SET NEW.a = 1`,
    );
    await run(['backup', archive, '--database', server.url('source')]);
  });
  afterAll(() => server?.stop());

  function run(args: readonly string[]): Promise<HoldfastResult> {
    return runHoldfast(args, { cwd });
  }

  /** A database of another name, restored from the archive and then changed. */
  async function restored(change = ''): Promise<string> {
    copies += 1;
    const name = `copy_${copies}`;
    await server.createDatabase(name, 'CHARACTER SET latin1');
    expect(await run(['restore', archive, '--yes', '--database', server.url(name)])).toMatchObject({
      code: 0,
    });
    if (change !== '') await server.query(name, change);
    return server.url(name);
  }

  async function differences(url: string): Promise<string[]> {
    const { stderr } = await run(['verify', archive, '--json', '--against', url]);
    const summary = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as {
      against: { differences: { message: string }[] };
    };
    return summary.against.differences.map(({ message }) => message);
  }

  it('finds no difference to the source, and to a database restored under another name', async () => {
    expect(await differences(server.url('source'))).toEqual([]);
    expect(await differences(await restored())).toEqual([]);
  });

  it('takes rows in another order for the same', async () => {
    const url = await restored(
      "DELETE FROM odd; DROP TRIGGER t; INSERT INTO odd VALUES (2, NULL), (1, 'x'), (2, NULL); CREATE TRIGGER t BEFORE INSERT ON odd FOR EACH ROW SET NEW.a = 1",
    );
    expect((await differences(url)).filter((message) => message.startsWith('rows'))).toEqual([]);
  });

  it('tells rows, tables and programs that differ', async () => {
    const url = await restored(
      "UPDATE people SET name = 'changed' WHERE id = 2; DELETE FROM odd LIMIT 1; CREATE TABLE more (i int); DROP TRIGGER t",
    );
    expect(await differences(url)).toEqual([
      'trigger source.t is in the archive and not in the database',
      'table source.more is in the database and not in the archive',
      'rows of table source.odd: the database has 2 rows, the archive 3 rows',
      'rows of table source.people: 3 rows on both sides, but not the same; the first difference is in part 1 of 1',
    ]);
  });
});
