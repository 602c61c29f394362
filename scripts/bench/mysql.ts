import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMysqlTools, type MysqlTools, rootLogin } from '../../test/servers/mysql-tools.ts';
import {
  findMysql,
  type MysqlServer,
  type MysqlVersion,
  ROOT_PASSWORD,
  startMysql,
} from '../../test/servers/mysql.ts';
import type { Bench, Part } from './bench.ts';
import { type Command, holdfast, measure, shell } from './measure.ts';
import { fillMysql, MYSQL_SETTINGS } from './mysql-data.ts';
import { havePrograms } from './peers.ts';
import { cpuSecondsBelow } from './server-cpu.ts';
import { table } from './table.ts';
import { type Job, takeTurns } from './turns.ts';

const TARGET = 'restored';

/** What all sections need. */
interface Setting {
  readonly bench: Bench;
  readonly server: MysqlServer;
  readonly url: (database: string) => string;
  readonly tools: MysqlTools;
  /** For shells: the programs of the server, how they log in, and files below the scratch folder. */
  readonly env: Command['env'];
  readonly serverSeconds: () => Promise<number>;
}

/** A MySQL or MariaDB server, against the programs that come with it and mydumper. */
export function mysqlPart(version: MysqlVersion): Part {
  return {
    sections: ['backup', 'restore'],
    run: async (bench, wanted) => {
      const found = await findMysql(version);
      if (found.reason !== undefined) return bench.report.missing(`${version}: ${found.reason}`);
      const tools = await findMysqlTools(version);
      if (tools.reason !== undefined) return bench.report.missing(`${version}: ${tools.reason}`);
      const server = await startMysql({ version, args: MYSQL_SETTINGS });
      try {
        const pid = Number(await readFile(join(server.folder, 'pid'), 'utf8'));
        bench.report.progress(`Filling ${version}`);
        await fillMysql(server, 'app', bench.scale);
        const setting: Setting = {
          bench,
          server,
          url: (database) => `mysql://root@/${database}?socket=${encodeURIComponent(server.socket)}`,
          tools: tools.value,
          env: {
            CLIENT: tools.value.client,
            DUMP: tools.value.dump,
            // Else it demands a server that has not seen these transactions.
            DUMP_MORE: server.flavor === 'mysql' ? '--set-gtid-purged=OFF' : '',
            LOGIN: [...tools.value.arguments, ...rootLogin(server).args].join(' '),
            MYSQL_PWD: ROOT_PASSWORD,
            SQL: join(bench.scratch, `${version}.sql`),
            FOLDER: join(bench.scratch, `${version}-mydumper`),
            ACCESS: `--user=root --password=${ROOT_PASSWORD} --socket=${server.socket}`,
          },
          serverSeconds: () => cpuSecondsBelow(pid),
        };
        bench.report.print(
          `## ${version === 'mysql' ? 'MySQL' : 'MariaDB'}\n\n${server.release}, ${MYSQL_SETTINGS.join(' ')}; on the same machine, asked through its socket.`,
        );
        if (wanted('backup')) await benchBackup(setting);
        if (wanted('restore')) await benchRestore(setting);
      } finally {
        await server.stop();
      }
    },
  };
}

const DUMP = '"$DUMP" $LOGIN $DUMP_MORE --single-transaction --quick --hex-blob --routines --events app';
const MYDUMPER = 'mydumper -t 2 $ACCESS -B app';

async function benchBackup({ bench, server, url, env, serverSeconds }: Setting): Promise<void> {
  const name = server.flavor === 'mysql' ? 'mysqldump' : 'mariadb-dump';
  const peer = (id: string, title: string, line: string): Job => ({
    id,
    title,
    isPeer: true,
    begin: async (folder) => ({ command: shell(line, { ...env, OUT: join(folder, 'dump') }) }),
  });
  const own = (id: string, title: string, ...args: string[]): Job => ({
    id,
    title,
    isDefault: args.length === 0,
    begin: async (folder) => ({
      command: holdfast(
        bench.scratch,
        env,
        'backup',
        join(folder, 'a.zip'),
        '--database',
        url('app'),
        ...args,
      ),
    }),
  });
  const jobs: Job[] = [
    own('holdfast', `\`holdfast backup\` of ${server.flavor}`),
    own('jobs 1', '`holdfast backup --jobs 1`', '--jobs', '1'),
    own('jobs 4', '`holdfast backup --jobs 4`', '--jobs', '4'),
    peer('floor', `\`${name} > /dev/null\``, `${DUMP} > /dev/null`),
    peer('dump', `\`${name}\`, into a file`, `${DUMP} > "$OUT"`),
  ];
  if (await havePrograms(bench, `\`${name} | zstd\``, ['zstd']))
    jobs.push(peer('zstd', `\`${name} | zstd -3\``, `${DUMP} | zstd -q -3 -o "$OUT"`));
  if (await havePrograms(bench, '`mydumper`', ['mydumper']))
    jobs.push(
      peer('mydumper', '`mydumper -t 2`', `${MYDUMPER} -o "$OUT"`),
      peer('mydumper -c', '`mydumper -t 2 -c`, gzip', `${MYDUMPER} -c -o "$OUT"`),
    );
  const results = await takeTurns(bench, jobs, { serverSeconds });
  bench.report.print(`### Backup

${table('backup', results, { to: { id: 'holdfast', title: 'Holdfast' } })}`);
  for (const [id, title] of [
    ['mydumper', 'mydumper -t 2'],
    ['mydumper -c', 'mydumper -t 2 -c'],
  ] as const)
    bench.report.goal({
      text: `backup of ${server.flavor}, to \`${title}\``,
      figure: results.ratio('holdfast', id),
      limit: 1,
      may: 'be lower',
      unit: ' ×',
    });
}

async function benchRestore({ bench, server, url, env, serverSeconds }: Setting): Promise<void> {
  const archive = join(bench.scratch, `${server.version}.zip`);
  await measure(holdfast(bench.scratch, env, 'backup', archive, '--database', url('app')), bench.scratch);
  await measure(shell(`${DUMP} > "$SQL"`, env), bench.scratch);
  const expected = await rowsIn(server, 'app');
  const begin = (command: Command) => async () => {
    await server.createDatabase(TARGET);
    return {
      command,
      end: () => server.dropDatabase(TARGET),
      check: async () => {
        const found = await rowsIn(server, TARGET);
        if (found !== expected) throw new Error(`${found} accounts were restored, not ${expected}`);
      },
    };
  };
  const peer = (id: string, title: string, line: string): Job => ({
    id,
    title,
    isPeer: true,
    begin: begin(shell(line, env)),
  });
  const own = (id: string, title: string, ...args: string[]): Job => ({
    id,
    title,
    isDefault: args.length === 0,
    begin: begin(holdfast(bench.scratch, env, 'restore', archive, '--database', url(TARGET), ...args)),
  });
  const client = server.flavor === 'mysql' ? 'mysql' : 'mariadb';
  const jobs: Job[] = [
    own('holdfast', `\`holdfast restore\` of ${server.flavor}`),
    peer('client', `\`${client}\` with the dump`, `"$CLIENT" $LOGIN ${TARGET} < "$SQL"`),
  ];
  if (await havePrograms(bench, '`myloader`', ['mydumper', 'myloader'])) {
    try {
      await measure(shell(`${MYDUMPER} -o "$FOLDER"`, env), bench.scratch);
      jobs.push(peer('myloader', '`myloader -t 2`', `myloader -t 2 $ACCESS -d "$FOLDER" -B ${TARGET} -o`));
    } catch (error) {
      bench.report.missing(`\`myloader\`, as mydumper failed: ${(error as Error).message}`);
    }
  }
  const results = await takeTurns(bench, jobs, { serverSeconds });
  bench.report.print(`### Restore

Each into an empty database. Holdfast reads and checks the whole archive first, and its restore is all or nothing.

${table('restore', results, { to: { id: 'holdfast', title: 'Holdfast' } })}`);
  bench.report.goal({
    text: `restore of ${server.flavor}, to \`myloader -t 2\``,
    figure: results.ratio('holdfast', 'myloader'),
    limit: 1,
    may: 'be lower',
    unit: ' ×',
  });
}

async function rowsIn(server: MysqlServer, database: string): Promise<number> {
  const [row] = await server.query<{ n: number }>(database, 'SELECT COUNT(*) AS n FROM accounts');
  return Number(row?.n);
}
