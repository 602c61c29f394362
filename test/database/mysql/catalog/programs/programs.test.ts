import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf } from '../../../../../src/core/byte-text.ts';
import { HoldfastError } from '../../../../../src/core/errors.ts';
import { type DatabaseSchema, readSchema } from '../../../../../src/database/mysql/catalog/schema.ts';
import type { TableExclusions } from '../../../../../src/database/mysql/catalog/selection.ts';
import { readSteadily } from '../../../../../src/database/mysql/catalog/steady-schema.ts';
import { quoteName } from '../../../../../src/database/mysql/columns.ts';
import { readStatements } from '../../../../../src/database/mysql/script.ts';
import { findMysqlTools, rootLogin } from '../../../../servers/mysql-tools.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../../../servers/mysql.ts';
import { runTool } from '../../../../support/tools.ts';
import { withSession } from '../open-session.ts';

const schemas = join(import.meta.dirname, '../../schemas');
const everything: TableExclusions = { excludeTable: () => false, excludeRows: () => false };
/** A Japanese letter whose second byte is a backslash's. */
const LETTER = '\udc83\\';

/** Programs of clients with other character sets: their bytes are not UTF-8. */
const IN_LATIN1 = `SET NAMES latin1;
CREATE TABLE t (a int, b varchar(10));
DELIMITER ;;
CREATE PROCEDURE \`p\udce9\`(\`x\udce9\` int) COMMENT 'c\udce9' BEGIN SELECT 'b\udce9', "\udce9" AS \`\udce9\`; END;;
CREATE FUNCTION \`f\udce9\`() RETURNS varchar(10) CHARSET latin1 DETERMINISTIC RETURN 'b\udce9';;
CREATE TRIGGER \`t\udce9\` BEFORE INSERT ON t FOR EACH ROW SET new.b = '\udce9';;
CREATE EVENT \`e\udce9\` ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE COMMENT 'k\udce9' DO SELECT '\udce9';;
CREATE VIEW \`v\udce9\` AS SELECT 'x\udce9' AS \`c\udce9\`, a FROM t WHERE b = '\udce9';;
DELIMITER ;
`;
/** Made with the name of the database `source`. */
const IN_DATABASE = `CREATE TABLE t (a int, b int);
CREATE TRIGGER \`source\`.\`commented\` /* on x.y */ BEFORE INSERT -- on z
  ON /* here */ source.t FOR EACH ROW SET new.a = 1;
CREATE DEFINER=root@localhost TRIGGER IF NOT EXISTS if_new BEFORE INSERT ON source.t FOR EACH ROW FOLLOWS commented SET @x = 1;
CREATE TRIGGER source . spaced BEFORE UPDATE ON \`source\` . t FOR EACH ROW SET new.a = 2;
SET sql_mode = 'ANSI_QUOTES';
CREATE TRIGGER "source"."ansi" BEFORE DELETE ON "source"."t" FOR EACH ROW SET @x = 1;
SET sql_mode = '';
CREATE FUNCTION source.f() RETURNS int DETERMINISTIC RETURN 1;
CREATE PROCEDURE source.p() SELECT 1;
CREATE EVENT source.e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE DO SELECT 1;
CREATE VIEW source.v AS SELECT source.t.a, source.f() AS x FROM source.t;
`;
const IN_SJIS = `\\C sjis
DELIMITER ;;
CREATE FUNCTION f() RETURNS varchar(20) CHARSET sjis DETERMINISTIC
BEGIN RETURN concat('${LETTER}', "${LETTER}"); END;;
DELIMITER ;
\\C utf8mb4
`;

describe.each(await availableMysqlVersions())('programs of %s', (version) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ version });
    if (server.flavor === 'mariadb') await server.query('', 'CREATE ROLE mysql_role');
  });
  afterAll(() => server?.stop());

  /** Runs a script with the server's own client, as restore.sh does. */
  async function runClient(database: string, sql: string): Promise<void> {
    const found = await findMysqlTools(version);
    if (found.reason !== undefined) throw new Error(found.reason);
    const { client, arguments: usual } = found.value;
    const file = join(server.folder, 'script.sql');
    await writeFile(file, bytesOf(sql));
    const { args, env } = rootLogin(server);
    const options = ['--binary-mode', '--comments', '--default-character-set=utf8mb4', database];
    const command = [client, ...usual, ...args, ...options];
    await runTool('sh', ['-c', 'script=$1; shift; exec "$@" <"$script"', 'sh', file, ...command], { env });
  }

  async function schemaOf(database: string, options = everything): Promise<DatabaseSchema> {
    return withSession(server.url(database), (session) => readSchema(session, options));
  }

  function statementsOf({ preData, postData }: DatabaseSchema): string[][] {
    return [...preData, ...postData]
      .filter(({ kind }) => kind !== 'LOST VIEW')
      .map(({ kind, name, sql }) => [kind, kind === 'DATABASE' ? '' : name, sql]);
  }

  /** What the server itself says of all programs and views. */
  async function definitionsOf(database: string): Promise<string[]> {
    return withSession(server.url(database), async (session) => {
      const objects = await session.query(`
        SELECT ROUTINE_TYPE AS kind, ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
        UNION ALL SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
        UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()
        UNION ALL SELECT 'VIEW', TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()`);
      await session.run('SET character_set_results = NULL');
      const definitions: string[] = [];
      for (const { kind, name } of objects) {
        // One is lost, the other the server itself does not print.
        if (name === 'column_gone' || name === 'calls_definer_gone') continue;
        const [row] = await session.query(`SHOW CREATE ${kind} ${quoteName(name ?? '')}`);
        const shown = JSON.stringify({ kind, name, ...row, Created: null });
        definitions.push(shown.replaceAll(`\`${database}\`.`, ''));
      }
      return definitions.toSorted();
    });
  }

  async function make(database: string, sql: string): Promise<DatabaseSchema> {
    await server.dropDatabase(database);
    await server.createDatabase(database, 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci');
    await runClient(database, sql);
    return schemaOf(database);
  }

  const file = (name: string) => readFile(join(schemas, name), 'utf8');
  /** Those that work, and those that do not. */
  const allPrograms = async () => (await file('programs.sql')) + (await file('broken-views.sql'));
  const scripts: Record<string, () => Promise<string>> = {
    'of all kinds': allPrograms,
    'of this flavor': () => file(server.flavor === 'mariadb' ? 'programs.mariadb.sql' : 'programs.mysql.sql'),
    'in latin1': () => Promise.resolve(IN_LATIN1),
    'in sjis': () => Promise.resolve(IN_SJIS),
  };

  test.each(Object.entries(scripts))(
    'programs %s come back under another name, by the client and by a session',
    async (_, script) => {
      const schema = await make('source', await script());
      const wanted = statementsOf(schema);
      const text = [...schema.preData, ...schema.postData].map(({ sql }) => `-- {}\n${sql}\n`).join('');
      const shown = await definitionsOf('source');
      expect(shown).not.toEqual([]);
      expect(statementsOf(await make('by_client', text))).toEqual(wanted);
      expect(await definitionsOf('by_client')).toEqual(shown);

      await make('by_session', '');
      await withSession(server.url('by_session'), async (session) => {
        for (const { sql } of [...schema.preData, ...schema.postData]) {
          for (const statement of readStatements(sql)) await session.run(statement);
        }
      });
      expect(statementsOf(await schemaOf('by_session'))).toEqual(wanted);
      expect(await definitionsOf('by_session')).toEqual(shown);
    },
  );

  test('the client sends what it would read otherwise as it is', async () => {
    await make('source', 'CREATE TABLE t (a int);');
    await withSession(server.url('source'), async (session) => {
      for (const sql of [
        "CREATE PROCEDURE p() BEGIN\r\n SELECT/*a*/'it''s'/*b*/AS\ndelimiter ;\r\n  SELECT/*! 1 */+/*c*/2; END",
        'CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN/*a*/"1;;"',
        'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET/*a*/new.a = "$$//"',
        `CREATE PROCEDURE q() SELECT/*a*/'it''s;;'/*b*/AS "x;", 'y;'/*c*/FROM t`,
        'CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS "2030-01-01" DISABLE DO SELECT/*a*/1;',
      ])
        await session.run(sql);
    });
    const { preData, postData } = await schemaOf('source');
    const shown = await definitionsOf('source');
    expect(shown.join('')).toContain("\\r\\n SELECT/*a*/'it''s'/*b*/AS\\ndelimiter ;\\r\\n");
    await make('by_client', [...preData, ...postData].map(({ sql }) => `${sql}\n`).join(''));
    expect(await definitionsOf('by_client')).toEqual(shown);
  });

  test('programs that were made with the name of their database come back under another name', async () => {
    const schema = await make('source', IN_DATABASE);
    const text = [...schema.preData, ...schema.postData].map(({ sql }) => `${sql}\n`).join('');
    expect(statementsOf(await make('by_client', text))).toEqual(statementsOf(schema));
    const triggers = 'SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS t FROM information_schema.TRIGGERS';
    const where = "WHERE TRIGGER_SCHEMA = 'by_client' ORDER BY name";
    expect(await server.query('', `${triggers} ${where}`)).toEqual(
      ['ansi', 'commented', 'if_new', 'spaced'].map((name) => ({ name, t: 't' })),
    );
    expect(schema.requires.ownName).toEqual([]);
  });

  test('the bodies are those that were written', async () => {
    const schema = await make('source', IN_LATIN1);
    const sqlOf = (kind: string) => schema.postData.find((statement) => statement.kind === kind)?.sql ?? '';
    expect(sqlOf('PROCEDURE')).toContain(
      `PROCEDURE \`p\udce9\`(\`x\udce9\` int)\n    COMMENT 'c\udce9'\nBEGIN SELECT 'b\udce9', "\udce9" AS \`\udce9\`; END`,
    );
    expect(sqlOf('EVENT')).toContain(`EVENT \`e\udce9\` ON`);
    expect(sqlOf('EVENT')).toContain(`COMMENT 'k\udce9' DO SELECT '\udce9'`);
    expect(sqlOf('TRIGGER')).toContain(`SET new.b = '\udce9'`);
    expect(sqlOf('VIEW')).toContain(`SELECT 'x\udce9' AS \`c\udce9\``.toLowerCase().replace(' as ', ' AS '));
  });

  test('views come in order, and those that do not work are named', async () => {
    const { postData, warnings } = await make('source', await allPrograms());
    const views = postData
      .filter(({ kind }) => kind.endsWith('VIEW'))
      .map(({ kind, name }) => `${kind} ${name}`);
    const place = (view: string) => views.indexOf(view);
    expect(place('VIEW z1')).toBeLessThan(place('VIEW a2'));
    expect(place('VIEW a2')).toBeLessThan(place('VIEW a1'));
    expect(views.filter((view) => !view.startsWith('VIEW')).toSorted()).toEqual([
      'BROKEN VIEW a_view_gone',
      'BROKEN VIEW calls_definer_gone',
      'BROKEN VIEW definer_gone',
      'BROKEN VIEW definer_gone2',
      'BROKEN VIEW function_gone',
      'BROKEN VIEW table_gone',
      'BROKEN VIEW uses_definer_gone',
      'LOST VIEW column_gone',
    ]);
    const missing =
      'it names something that is missing, or that its definer has no right to. It is kept as it is.';
    const definer = 'its definer, or that of something it uses, does not exist. It is kept as it is.';
    const lost =
      'it names the column y of narrow, which is missing. Its text is kept, but a restore cannot make it.';
    expect(warnings.toSorted()).toEqual([
      `The view a_view_gone does not work: ${missing}`,
      `The view calls_definer_gone does not work: ${definer}`,
      `The view column_gone does not work: ${lost}`,
      `The view definer_gone does not work: ${definer}`,
      `The view definer_gone2 does not work: ${definer}`,
      `The view function_gone does not work: ${missing}`,
      `The view table_gone does not work: ${missing}`,
      `The view uses_definer_gone does not work: ${definer}`,
    ]);
  });

  test.skipIf(version !== 'mysql')('a view that its server cannot read is named, with its text', async () => {
    const sql = `CREATE TABLE t (a int, b varchar(9)); CREATE VIEW w AS SELECT b AS x FROM t;
      CREATE VIEW a_user AS SELECT x FROM w; CREATE OR REPLACE VIEW w AS SELECT trim(BOTH FROM b) AS x FROM t; CREATE VIEW works AS SELECT a FROM t;`;
    const { postData, warnings } = await make('source', sql);
    const kinds = postData.filter(({ kind }) => kind !== 'SETTING').map(({ kind, name }) => [kind, name]);
    expect(kinds).toEqual([
      ['BROKEN VIEW', 'a_user'],
      ['LOST VIEW', 'w'],
      ['VIEW', 'works'],
    ]);
    expect(postData.find(({ name }) => name === 'w')?.sql).toMatch(
      /DO 'CREATE .* VIEW `w` AS select trim\(both/,
    );
    expect(warnings.toSorted()).toEqual([
      'The view a_user does not work: it uses a view that the server cannot read. It is kept as it is.',
      'The view w does not work: the server cannot read the text that it has of it. Its text is kept, but a restore cannot make it.',
    ]);
    const text = postData.map((statement) => `${statement.sql}\n`).join('');
    await make('by_client', `CREATE TABLE t (a int, b varchar(9));\n${text}`);
    expect(await server.query('by_client', 'SELECT a FROM works')).toEqual([]);
    const without = {
      ...everything,
      excludeTable: (_: string, name: string) => ['w', 'a_user'].includes(name),
    };
    expect((await schemaOf('source', without)).warnings).toEqual([]);
  });

  test('an event whose time has passed is not lost', async () => {
    const events = `CREATE TABLE t (a int);
      CREATE EVENT once ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1;
      CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' ENDS '2037-01-01 00:00:00' DO SELECT 1;`;
    const { postData } = await make('source', events);
    const text = postData.map(({ sql }) => `${sql}\n`).join('');
    const again = await make('passed', text.replaceAll(/203([67])-01-01/g, '200$1-01-01'));
    const sqls = again.postData.filter(({ kind }) => kind === 'EVENT').map(({ sql }) => sql);
    expect(sqls).toHaveLength(2);
    for (const sql of sqls) expect(sql).toContain('ON COMPLETION PRESERVE DISABLE DO SELECT 1');
  });

  test('triggers belong to their tables, views need what they use', async () => {
    await make('source', await allPrograms());
    const select = (name: string) => ({
      ...everything,
      selectTable: (_: string, table: string) => table === name,
    });
    const names = (schema: DatabaseSchema) =>
      statementsOf(schema)
        .filter(([kind]) => kind !== 'SETTING' && kind !== 'DATABASE')
        .map(([kind, name]) => `${kind} ${name}`);
    expect(names(await schemaOf('source', select('a2')))).toEqual([
      'TABLE t',
      'TABLE t`2',
      'FUNCTION f',
      'VIEW z1',
      'VIEW a2',
      'TRIGGER tr',
      'TRIGGER zeroth',
      'TRIGGER first',
      'TRIGGER a;;second',
    ]);
    const without = (...list: string[]) => ({
      ...everything,
      excludeTable: (_: string, name: string) => list.includes(name),
    });
    await expect(schemaOf('source', without('t`2'))).rejects.toThrow(
      'view source.a2 needs table source.t`2, which is excluded',
    );
    const rest = names(await schemaOf('source', without('日本', 'v;;\nDELIMITER $$')));
    expect(rest).toContain('TRIGGER first');
    expect(rest.filter((name) => /other|日本/.test(name))).toEqual([]);
  });

  test('an account that may not see what a procedure does is refused by name', async () => {
    await make(
      'source',
      'CREATE TABLE t (a int); CREATE PROCEDURE hidden() SELECT 1; CREATE VIEW v AS SELECT 1;',
    );
    await server.query('', "DROP USER IF EXISTS reader@'%'; CREATE USER reader@'%' IDENTIFIED BY 'pw'");
    const read = (options = everything) =>
      withSession(server.url('source', 'reader', 'pw'), (session) => readSchema(session, options));
    await server.query('', 'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON source.* TO reader');
    await expect(read()).rejects.toThrow('may not see the definition of the procedure hidden');
    const onlyTable = { ...everything, selectTable: (_: string, name: string) => name === 't' };
    expect((await read(onlyTable)).tables.map(({ name }) => name)).toEqual(['t']);
    const right = server.flavor === 'mysql' ? 'SHOW_ROUTINE ON *.*' : 'SELECT ON mysql.proc';
    await server.query('', `GRANT ${right} TO reader`);
    expect((await read()).postData.some(({ name }) => name === 'hidden')).toBe(true);
  });

  test('a view comes with the letters that the character set of its client lacks', async () => {
    const { postData } = await make(
      'source',
      'CREATE TABLE t (`ß` int); SET NAMES gbk; CREATE ALGORITHM = MERGE VIEW v AS SELECT * FROM t;',
    );
    const view = postData.find(({ name }) => name === 'v');
    expect(view?.sql).toMatch(/^SET character_set_client = utf8mb4,/);
    expect(view?.sql).toMatch(/CREATE ALGORITHM=MERGE .* select `t`\.`ß` AS `ß` from `t`/);
  });

  test('a schema that changes while it is read is read again', async () => {
    await make('source', 'CREATE TABLE t (a int);');
    await withSession(server.url('source'), async (session) => {
      const changes = [
        'CREATE VIEW v AS SELECT a FROM t',
        'ALTER TABLE t ADD b int',
        "CREATE PROCEDURE p() SELECT 'x'",
        'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET new.b = 1',
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE DO SELECT 1",
        'ALTER EVENT e ENABLE',
        'DROP VIEW v',
      ];
      let begun = 0;
      const pending = [...changes];
      const read = async () => {
        const schema = await readSchema(session, everything);
        const change = pending.shift();
        if (change !== undefined) await server.query('source', change);
        return schema;
      };
      const begin = () => Promise.resolve(void (begun += 1));
      const { postData } = await readSteadily(session, { begin, read });
      expect(begun).toBe(changes.length + 1);
      expect(postData.filter(({ kind }) => kind !== 'SETTING').map(({ name }) => name)).toEqual([
        'p',
        'tr',
        'e',
      ]);
    });
  });

  test('what is required of a target is told', async () => {
    const { requires } = await make('source', await allPrograms());
    expect(requires.definers.find(({ account }) => account === 'somebody else@10.0.0.%')).toEqual({
      account: 'somebody else@10.0.0.%',
      objects: ['trigger other of 日本'],
    });
    expect(requires.collations).toContain('utf8mb4_unicode_ci');
    expect(requires.undeclaredFunctions).toEqual([]);
    expect(requires.kinds).toContain('EVENT');
  });

  test('a failure is an error of ours', async () => {
    await make('source', 'CREATE TABLE t (a int);');
    const excluded = { ...everything, excludeTable: () => true };
    expect((await schemaOf('source', excluded)).tables).toEqual([]);
    await server.query('source', 'CREATE VIEW v AS SELECT a FROM t');
    const failure = schemaOf('source', { ...everything, excludeTable: (_, name) => name === 't' });
    await expect(failure).rejects.toBeInstanceOf(HoldfastError);
  });
});
