import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { freePort } from '../../test/servers/free-port.ts';
import { handOver, isReadableByAll, serverUser, temporaryRoot } from '../../test/servers/server-user.ts';
import { superviseProcess } from '../../test/servers/supervised-process.ts';
import { neutralEnvironment } from '../../test/support/neutral-environment.ts';
import { runTool } from '../../test/support/tools.ts';
import type { Installation } from './installation.ts';

/** A running server on a new cluster, whose superuser is `postgres`. It ends with this process at the latest. */
export interface SuiteServer {
  readonly installation: Installation;
  /** Its folder: socket, data, and whatever a suite puts there for the server to read. */
  readonly folder: string;
  readonly port: number;
  /** The account it runs under. */
  readonly account: { uid?: number; gid?: number };
  /** What programs need to find their libraries and this server. */
  readonly environment: NodeJS.ProcessEnv;
  url(database: string): string;
  /** Runs one or more statements as superuser; the rows of the last one. */
  query<Row extends QueryResultRow = QueryResultRow>(database: string, sql: string): Promise<Row[]>;
  /** Runs a program of the installation as superuser. */
  run(program: string, args: readonly string[]): Promise<{ stdout: Buffer; stderr: string }>;
  /** Makes `folder` and its files the server's own. */
  handOver(folder: string): Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  jit: 'off',
  listen_addresses: '127.0.0.1',
  max_wal_size: '4GB',
  // What the suites ask for.
  wal_level: 'logical',
  max_prepared_transactions: '10',
  max_locks_per_transaction: '256',
};

/** Starts a server of `installation` on an empty cluster in a temporary folder. */
export async function startSuiteServer(installation: Installation): Promise<SuiteServer> {
  const user = serverUser();
  if (user.foreign && !(await isReadableByAll(join(installation.programs, 'postgres')))) {
    throw new Error(`the account of the server cannot read ${installation.root}`);
  }
  const folder = await mkdtemp(join(await temporaryRoot(user), 'holdfast-fidelity-'));
  const account = user.foreign ? { uid: user.uid, gid: user.gid } : {};
  const port = await freePort();
  const environment = {
    ...neutralEnvironment(),
    ...packageEnvironment(installation),
    // Also for the server, whose extensions connect to it.
    PGHOST: folder,
    PGPORT: String(port),
    PGUSER: 'postgres',
    LC_ALL: 'C',
    HOME: folder,
    PATH: `${installation.programs}:${process.env.PATH ?? ''}`,
  };
  try {
    const data = join(folder, 'data');
    await handOver(folder, user);
    const initdb = [
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ];
    await runTool(join(installation.programs, 'initdb'), [...initdb, '-D', data], {
      cwd: folder,
      env: environment,
      ...account,
    });
    const settings = Object.entries({ ...SETTINGS, unix_socket_directories: folder, port: String(port) });
    const supervised = await superviseProcess(
      join(installation.programs, 'postgres'),
      ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { user, folder, env: environment },
    );
    const query: SuiteServer['query'] = async (database, sql) => {
      const client = new Client({ host: folder, port, user: 'postgres', database });
      client.on('error', () => undefined);
      await client.connect();
      try {
        const result: unknown = await client.query(sql);
        const last = (Array.isArray(result) ? result.at(-1) : result) as { rows?: never[] } | undefined;
        return last?.rows ?? [];
      } finally {
        await client.end();
      }
    };
    for (const deadline = Date.now() + 60_000; ; await delay(20)) {
      try {
        await query('postgres', 'SELECT');
        break;
      } catch (error) {
        if (!supervised.hasExited() && Date.now() < deadline) continue;
        await supervised.stop();
        throw new Error(`the server did not start:\n${supervised.log()}`, { cause: error });
      }
    }
    return {
      installation,
      folder,
      port,
      account,
      environment,
      url: (database) => `postgres://postgres@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      query,
      run: (program, args) =>
        runTool(join(installation.programs, program), args, { cwd: folder, env: environment }),
      handOver: (path) => handOver(path, user),
      stop: () => supervised.stop(),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Where the unpacked programs and languages find what belongs to them. */
function packageEnvironment({ root, libraries }: Installation): NodeJS.ProcessEnv {
  return {
    LD_LIBRARY_PATH: libraries.join(':'),
    PYTHONHOME: join(root, 'usr'),
    PYTHONDONTWRITEBYTECODE: '1',
    TCL_LIBRARY: join(root, 'usr/share/tcltk/tcl8.6'),
    PERL5LIB: libraries
      .flatMap((folder) => [join(folder, 'perl', '5.36'), join(folder, 'perl-base')])
      .join(':'),
  };
}
