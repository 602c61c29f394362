import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { useSourceBench } from './source-bench.ts';

describe.each(await availableMysqlVersions())('tables that are left out on %s', (version) => {
  const bench = useSourceBench(version);
  const without = (...names: string[]) => ({
    excludeTable: (_schema: string, name: string) => names.includes(name),
  });

  it('take foreign keys to them along, which is said', async () => {
    await bench.sql(
      'CREATE TABLE `par``ent` (id int PRIMARY KEY)',
      'CREATE TABLE kept (id int PRIMARY KEY)',
      `CREATE TABLE child (a int COMMENT 'FOREIGN KEY', b int, CONSTRAINT lost FOREIGN KEY (a) REFERENCES \`par\`\`ent\` (id),
        CONSTRAINT own FOREIGN KEY (b) REFERENCES kept (id) ON DELETE CASCADE)`,
    );
    const exclusion = without('par`ent');
    const selectTable = (_schema: string, name: string) => name === 'child';
    for (const options of [exclusion, { ...exclusion, selectTable }]) {
      const source = await bench.open(options);
      const statements = source.preData.filter(({ kind }) => kind === 'TABLE');
      expect(statements.map(({ name }) => name)).toEqual(['child', 'kept']);
      expect(statements[0]!.sql).toMatch(
        /KEY `lost` \(`a`\),\n {2}KEY `own` \(`b`\),\n {2}CONSTRAINT `own` FOREIGN KEY .*\n\)/,
      );
      expect(statements[0]!.sql).not.toContain('par');
      expect(bench.reporter.warnings).toContain(
        'Left out with --exclude-table: of table child the foreign key lost, which lacks table par`ent',
      );
    }
  });

  it('take foreign keys along also when they are gone altogether', async () => {
    await bench.sql(
      'SET foreign_key_checks = 0',
      'CREATE TABLE child (a int, CONSTRAINT lost FOREIGN KEY (a) REFERENCES parent (id))',
    );
    const { preData } = await bench.open();
    expect(preData.find(({ kind }) => kind === 'TABLE')?.sql).not.toContain('FOREIGN');
    expect(bench.reporter.warnings).toContain(
      'Left out for it does not work: of table child the foreign key lost, which lacks table parent, which does not exist',
    );
  });

  it("are in nobody's way when they are damaged", async () => {
    await bench.sql(
      'CREATE TABLE damaged (a int) ENGINE = MyISAM',
      'CREATE TABLE sound (a int)',
      'CREATE TRIGGER tr BEFORE INSERT ON damaged FOR EACH ROW SET NEW.a = 1',
      'INSERT INTO damaged VALUES (2)',
      'FLUSH TABLES',
    );
    for (const suffix of ['MYI', 'MYD']) {
      await rm(join(bench.server.folder, 'data', 'app', `damaged.${suffix}`));
    }
    await expect(bench.open()).rejects.toThrow('damaged');
    const source = await bench.open(without('damaged'));
    expect(source.tables.map(({ name }) => name)).toEqual(['sound']);
    expect(source.postData.filter(({ kind }) => kind === 'TRIGGER')).toEqual([]);
  });
});
