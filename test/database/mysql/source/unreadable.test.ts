import { describe, expect, it } from 'vitest';
import type { SourceOptions } from '../../../../src/database/engine.ts';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { useSourceBench } from './source-bench.ts';

const ALL = ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT', 'EXECUTE'];

describe.each(await availableMysqlVersions())('what an account may not read on %s', (version) => {
  const bench = useSourceBench(version);
  const seesRoutines = version === 'mysql' ? 'SHOW_ROUTINE ON *.*' : 'SELECT ON mysql.proc';

  /** What a backup as an account with these rights fails with; undefined when it does not fail. */
  async function refusal(
    grants: readonly string[],
    options: Partial<SourceOptions> = {},
  ): Promise<{ message: string; hint: string } | undefined> {
    await bench.sql(
      'CREATE TABLE t (id int, x int)',
      'CREATE TABLE u (id int)',
      'CREATE VIEW v AS SELECT id FROM t',
      'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1',
      'CREATE PROCEDURE p() SELECT 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1',
      `DROP USER IF EXISTS reader@'%'`,
      `CREATE USER reader@'%' IDENTIFIED BY 'r'`,
      `GRANT INSERT ON app.* TO reader@'%'`,
      ...grants.map((grant) => `GRANT ${grant} TO reader@'%'`),
    );
    if (!grants.some((grant) => grant.startsWith('INSERT')))
      await bench.sql(`REVOKE INSERT ON app.* FROM reader@'%'`);
    try {
      await bench.open({ url: bench.server.url('app', 'reader', 'r'), ...options });
      return undefined;
    } catch (error) {
      return error as { message: string; hint: string };
    }
  }

  const allBut = (left: string): string[] => [
    `${ALL.filter((privilege) => privilege !== left).join(', ')} ON app.*`,
    seesRoutines,
  ];

  it('is nothing with these rights', async () => {
    expect(await refusal(allBut(''))).toBeUndefined();
  });

  it.each([
    ['SHOW VIEW', 'view v: it lacks SHOW VIEW'],
    ['TRIGGER', 'triggers of table t: it lacks TRIGGER'],
    ['EVENT', 'events: it lacks EVENT'],
  ])('is told without %s', async (privilege, what) => {
    const found = await refusal(allBut(privilege));
    expect(found?.message).toContain('The account reader@% cannot read all of app');
    expect(found?.message).toContain(what);
    expect(found?.hint).toContain(`GRANT ${privilege} ON \`app\`.* TO \`reader\`@\`%\`;`);
  });

  it('is told all at once', async () => {
    const found = await refusal(['SELECT ON app.*', 'INSERT ON app.*']);
    for (const what of ['view v', 'triggers of table t', 'triggers of table u', 'events', 'routines']) {
      expect(found?.message).toContain(what);
    }
  });

  it('is told of tables with rights on some columns alone', async () => {
    const found = await refusal([
      'SELECT (id), TRIGGER ON app.t',
      'SELECT, TRIGGER ON app.u',
      'INSERT ON app.*',
    ]);
    expect(found?.message).toContain('table t: it lacks SELECT');
    expect(found?.message).not.toContain('table u');
  });

  it('is told where it would not even be seen', async () => {
    const found = await refusal(['SELECT, TRIGGER ON app.t', 'EVENT ON app.*', seesRoutines]);
    expect(found?.message).toContain('tables and views that it has no right on');
    expect(found?.hint).toContain('GRANT SELECT ON `app`.*');
  });

  it('is told of routines by name where they are seen, and that they are not where they are not', async () => {
    const rights = ['SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON app.*'];
    expect((await refusal(rights))?.message).toContain('procedure p: it may not see what it does');
    await bench.sql('DROP TABLE t, u', 'DROP VIEW v', 'DROP PROCEDURE p', 'DROP EVENT e');
    expect((await refusal(['SELECT, SHOW VIEW, TRIGGER, EVENT ON app.*']))?.message).toContain(
      'routines: it sees none',
    );
  });

  it('is nothing where only what may be read is asked for', async () => {
    const onlyT = { selectTable: (_schema: string, name: string) => name === 't' };
    expect(await refusal(['SELECT, TRIGGER ON app.*'], onlyT)).toBeUndefined();
  });

  it('is told of the triggers of what is asked for, with rights on that alone', async () => {
    const onlyT = { selectTable: (_schema: string, name: string) => name === 't' };
    expect((await refusal(['SELECT ON app.t'], onlyT))?.message).toContain(
      'triggers of table t: it lacks TRIGGER',
    );
    await bench.sql(`GRANT TRIGGER ON app.t TO reader@'%'`);
    await bench.open({ url: bench.server.url('app', 'reader', 'r'), ...onlyT });
  });

  it('is nothing where roles that are active give the rights', async () => {
    const active = `SET DEFAULT ROLE backups ${version === 'mysql' ? 'TO' : 'FOR'} reader@'%'`;
    await bench.sql(
      'DROP ROLE IF EXISTS backups',
      'CREATE ROLE backups',
      ...allBut('').map((rights) => `GRANT ${rights} TO backups`),
      `DROP USER IF EXISTS reader@'%'`,
      `CREATE USER reader@'%' IDENTIFIED BY 'r'`,
      `GRANT backups TO reader@'%'`,
      active,
    );
    await bench.open({ url: bench.server.url('app', 'reader', 'r') });
  });
});
