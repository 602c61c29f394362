import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HoldfastError } from '../../../../src/core/errors.ts';
import { resolveConnection } from '../../../../src/database/postgres/connection/config.ts';
import { connect } from '../../../../src/database/postgres/connection/connect.ts';
import type { Row, Session } from '../../../../src/database/postgres/connection/session.ts';
import { PASSWORD_ROLE } from '../../../servers/postgres-cluster.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

let tls: TlsServer;

beforeAll(async () => {
  tls = await startTlsServer();
});
afterAll(() => tls.stop());

/** A limit for what happens soon, even on a busy machine. */
const patient = { timeout: 30_000 };

/** The environment has a home without files, so that nothing of this machine counts. */
const env = { HOME: '/nonexistent' };

async function open(
  url: string,
  signal = new AbortController().signal,
  extra: Record<string, string> = {},
): Promise<Session> {
  const config = await resolveConnection({ url, env: { ...env, ...extra }, reporter: recordingReporter() });
  return connect(config, signal);
}

async function ask(url: string, sql: string, extra: Record<string, string> = {}): Promise<Row> {
  const session = await open(url, undefined, extra);
  try {
    return (await session.query(sql))[0] ?? {};
  } finally {
    await session.close();
  }
}

async function failure(url: string): Promise<HoldfastError> {
  return open(url).then(
    async (session) => {
      await session.close();
      throw new Error(`${url} did connect`);
    },
    (error: HoldfastError) => error,
  );
}

const isTls = 'SELECT ssl::text, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const login = `${PASSWORD_ROLE.name}:${encodeURIComponent(PASSWORD_ROLE.password)}`;

/** A URL of the server by the name in its certificate. */
function byName(database: string, query = ''): string {
  return `postgres://postgres@localhost:${tls.server.port}/${database}${query}`;
}

describe('a session', () => {
  it('has the settings that a backup needs, whatever the database sets', async () => {
    const settings = {
      statement_timeout: '5s',
      idle_in_transaction_session_timeout: '5s',
      transaction_timeout: '5s',
      search_path: 'public',
      row_security: 'on',
      datestyle: 'German',
      intervalstyle: 'iso_8601',
      timezone: 'Asia/Kathmandu',
      extra_float_digits: '-5',
      bytea_output: 'escape',
      quote_all_identifiers: 'on',
    };
    await tls.server.createDatabase('odd');
    for (const [name, value] of Object.entries(settings)) {
      await tls.server.query('postgres', `ALTER DATABASE odd SET ${name} = '${value}'`);
    }
    const row = await ask(
      tls.server.socketUrl('odd'),
      `SELECT ${Object.keys(settings)
        .map((name) => `current_setting('${name}') AS ${name}`)
        .join(', ')},
        current_setting('application_name') AS application, '1 day'::interval::text AS day,
        to_timestamp(0)::text AS epoch, '\\x00ff'::bytea::text AS bytes, 0.1::float8::text AS tenth, 42::int8 AS number`,
    );
    expect(row).toMatchObject({
      statement_timeout: '0',
      idle_in_transaction_session_timeout: '0',
      transaction_timeout: '0',
      search_path: '',
      row_security: 'off',
      quote_all_identifiers: 'off',
      application: 'holdfast',
      day: '1 day',
      epoch: '1970-01-01 00:00:00+00',
      bytes: '\\x00ff',
      tenth: '0.1',
      number: '42',
    });
  });

  it('connects through a Unix socket, in the host part and as a parameter', async () => {
    expect(await ask(tls.server.socketUrl('postgres'), 'SELECT inet_client_addr()::text AS address')).toEqual(
      { address: null },
    );
    const url = `postgres:///postgres?host=${tls.server.socketDir}&port=${tls.server.port}&user=postgres`;
    expect(await ask(url, isTls)).toMatchObject({ ssl: 'false' });
  });

  it('logs in with a password from the URL and from PGPASSWORD', async () => {
    expect(
      await ask(tls.server.socketUrl('postgres', PASSWORD_ROLE.name), 'SELECT current_user AS me'),
    ).toEqual({ me: PASSWORD_ROLE.name });
    const url = tls.server
      .socketUrl('postgres', PASSWORD_ROLE.name)
      .replace(`:${encodeURIComponent(PASSWORD_ROLE.password)}`, '');
    expect(await ask(url, 'SELECT 1 AS one', { PGPASSWORD: PASSWORD_ROLE.password })).toEqual({ one: '1' });
  });

  it('obeys the environment that it is given, not that of the process', async () => {
    process.env['PGOPTIONS'] = '-c geqo=off';
    process.env['PGPASSWORD'] = PASSWORD_ROLE.password;
    onTestFinished(() => {
      delete process.env['PGOPTIONS'];
      delete process.env['PGPASSWORD'];
    });
    expect(await ask(tls.server.url('postgres'), `SELECT current_setting('geqo') AS geqo`)).toEqual({
      geqo: 'on',
    });
    expect(
      await ask(tls.server.url('postgres'), `SELECT current_setting('geqo') AS geqo`, {
        PGOPTIONS: '-c geqo=off',
      }),
    ).toEqual({
      geqo: 'off',
    });
    const url = `postgres://${PASSWORD_ROLE.name}@127.0.0.1:${tls.server.port}/by_scram`;
    expect((await failure(url)).message).toContain('none was given');
  });

  it('goes on to the next host where one does not answer, and finds the kind it is asked for', async () => {
    const port = tls.server.port;
    expect(
      await ask(`postgres://postgres@127.0.0.1:1,127.0.0.1:${port}/postgres`, 'SELECT 1 AS one'),
    ).toEqual({ one: '1' });
    const read = `postgres://postgres@127.0.0.1:${port}/postgres?target_session_attrs`;
    expect(await ask(`${read}=primary`, 'SELECT 1 AS one')).toEqual({ one: '1' });
    expect(await ask(`${read}=prefer-standby`, 'SELECT 1 AS one')).toEqual({ one: '1' });
    expect((await failure(`${read}=standby`)).message).toContain('standby');
  });
});

describe('TLS', () => {
  it.each([
    ['only_tls', '', 'true'],
    ['only_tls', '?sslmode=allow', 'true'],
    ['only_tls', '?sslmode=require', 'true'],
    ['only_tls', '?sslmode=require&sslnegotiation=direct', 'true'],
    ['only_tls', '?sslmode=verify-ca&sslrootcert=ROOT', 'true'],
    ['only_tls', '?sslmode=verify-full&sslrootcert=ROOT', 'true'],
    ['only_plain', '', 'false'],
    ['only_plain', '?sslmode=disable', 'false'],
    ['only_plain', '?sslmode=prefer', 'false'],
    ['postgres', '?sslmode=allow', 'false'],
    ['postgres', '?sslmode=prefer', 'true'],
    // A certificate that is not trusted makes prefer go on without TLS, as libpq does.
    ['postgres', '?sslmode=prefer&sslrootcert=OTHER', 'false'],
    ['by_certificate', '?sslmode=require&sslcert=CERT&sslkey=KEY', 'true'],
  ])('%s%s', async (database, query, encrypted) => {
    expect(await ask(withFiles(byName(database, query)), isTls)).toMatchObject({ ssl: encrypted });
  });

  it('verify-ca does not look at the name, verify-full does', async () => {
    const url = withFiles(`postgres://postgres@127.0.0.1:${tls.server.port}/only_tls?sslrootcert=ROOT`);
    expect(await ask(`${url}&sslmode=verify-ca`, isTls)).toMatchObject({ ssl: 'true' });
    expect(await failure(`${url}&sslmode=verify-full`)).toMatchObject({
      message: expect.stringContaining('another name'),
      hint: expect.stringContaining('verify-ca'),
    });
  });

  it.each([
    ['only_tls', '?sslmode=disable', 'no encryption'],
    ['only_plain', '?sslmode=require', 'SSL encryption'],
    ['only_tls', '?sslmode=verify-full&sslrootcert=OTHER', 'not trusted'],
    ['only_tls', '?sslmode=require&sslrootcert=OTHER', 'not trusted'],
    ['by_certificate', '?sslmode=require', 'certificate'],
    ['postgres', '?sslmode=require&ssl_max_protocol_version=TLSv1', 'TLS failed: '],
  ])('refuses %s%s', async (database, query, named) => {
    expect((await failure(withFiles(byName(database, query)))).message).toContain(named);
  });

  it('binds the password to the connection when channel_binding=require', async () => {
    const url = `postgres://${login}@localhost:${tls.server.port}/by_scram?channel_binding=require`;
    expect(await ask(`${url}&sslmode=require`, 'SELECT current_user AS me')).toEqual({
      me: PASSWORD_ROLE.name,
    });
    expect((await failure(`${url}&sslmode=disable`)).message).toContain('channel binding');
    expect((await failure(byName('only_tls', '?channel_binding=require'))).message).toContain(
      'channel binding',
    );
  });

  it('says when a server has no TLS', async () => {
    const port = await fakeServer((data) => (data.readInt32BE(4) === 80877103 ? 'N' : ''));
    expect(await failure(`postgres://ann@127.0.0.1:${port}/app?sslmode=require`)).toMatchObject({
      message: expect.stringContaining('does not support TLS'),
      hint: expect.stringContaining('sslmode'),
    });
  });

  function withFiles(url: string): string {
    return url
      .replace('ROOT', tls.files.root)
      .replace('OTHER', tls.files.otherRoot)
      .replace('CERT', tls.files.clientCertificate)
      .replace('KEY', tls.files.clientKey);
  }
});

describe('a failure names server, database and user', () => {
  it('refused', async () => {
    const error = await failure('postgres://ann:s3cret@127.0.0.1:1/app');
    expect(error).toMatchObject({ code: 'failed', hint: expect.stringContaining('listen_addresses') });
    expect(error.message).toBe(
      'Cannot connect to database "app" at 127.0.0.1:1 as user "ann": the connection was refused.',
    );
  });

  it('refused by every address of a name', async () => {
    expect((await failure('postgres://ann@localhost:1/app')).message).toContain(
      'the connection was refused.',
    );
  });

  it.each([
    [
      'postgres://ann@no-such-host.invalid/app',
      /no-such-host\.invalid:5432.*(host name is unknown|name service)/,
    ],
    ['postgres://ann@%2Fno%2Fsuch/app', /\/no\/such\/\.s\.PGSQL\.5432.*no such socket/],
  ])('%s', async (url, message) => {
    const error = await failure(url);
    expect(error).toMatchObject({ code: 'failed', message: expect.stringMatching(message) });
    expect(error.hint).toBeDefined();
  });

  it('a wrong password, which is not shown', async () => {
    const error = await failure(
      `postgres://${PASSWORD_ROLE.name}:s3cret@127.0.0.1:${tls.server.port}/by_scram`,
    );
    expect(error.message).toContain(`as user "${PASSWORD_ROLE.name}": password authentication failed`);
    expect(error.hint).toContain('.pgpass');
    expect(`${error.stack} ${error.hint} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain(
      's3cret',
    );
  });

  it('an unknown database and a missing role', async () => {
    expect(await failure(tls.server.url('postgres').replace(/postgres$/, 'nowhere'))).toMatchObject({
      message: expect.stringContaining('at 127.0.0.1'),
    });
    const unknown = await failure(tls.server.socketUrl('nowhere'));
    expect(unknown).toMatchObject({
      message: expect.stringContaining('"nowhere"'),
      hint: expect.stringContaining('CREATE DATABASE'),
    });
    expect(await failure(tls.server.url('postgres', 'nobody_here'))).toMatchObject({
      message: expect.stringContaining('"nobody_here"'),
      hint: expect.stringContaining('CREATE ROLE'),
    });
  });

  it('too many connections', async () => {
    await tls.server.query('postgres', 'CREATE DATABASE crowded CONNECTION LIMIT 0');
    await tls.server.query('postgres', 'CREATE ROLE plain LOGIN');
    const error = await failure(tls.server.socketUrl('crowded', 'plain'));
    expect(error).toMatchObject({
      message: expect.stringContaining('too many'),
      hint: expect.stringContaining('--jobs'),
    });
  });

  it('no answer within connect_timeout', async () => {
    const port = await fakeServer(() => '');
    const error = await failure(`postgres://ann@127.0.0.1:${port}/app?connect_timeout=1`);
    expect(error).toMatchObject({
      message: expect.stringContaining('within 1 seconds'),
      hint: expect.stringContaining('connect_timeout'),
    });
  });

  it('something that is no PostgreSQL server', async () => {
    const port = await fakeServer((_, socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      return '';
    });
    const error = await failure(`postgres://ann@127.0.0.1:${port}/app`);
    expect(error).toMatchObject({ code: 'failed', hint: expect.stringContaining('PostgreSQL server') });
  });

  it('an interruption rejects with its reason', async () => {
    const port = await fakeServer(() => '');
    const controller = new AbortController();
    const opening = open(`postgres://ann@127.0.0.1:${port}/app`, controller.signal);
    setImmediate(() => controller.abort(new Error('stop')));
    await expect(opening).rejects.toThrow('stop');

    const other = new AbortController();
    const session = await open(tls.server.url(), other.signal);
    const sleeping = Promise.allSettled([session.query('SELECT pg_sleep(60)')]);
    const active = `SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'`;
    await expect.poll(() => tls.server.query('postgres', active), patient).toHaveLength(1);
    other.abort(new Error('stop now'));
    expect(await sleeping).toMatchObject([{ reason: new Error('stop now') }]);
    await expect.poll(() => tls.server.query('postgres', active), patient).toEqual([]);
    expect(tls.server.log()).toContain('canceling statement due to user request');
  });

  it('a lost connection', async () => {
    const session = await open(tls.server.url());
    const [row] = await session.query('SELECT pg_backend_pid() AS pid');
    const sleeping = Promise.allSettled([session.query('SELECT pg_sleep(60)')]);
    await tls.server.query('postgres', `SELECT pg_terminate_backend(${row?.['pid']})`);
    expect(await sleeping).toMatchObject([
      { reason: { code: 'failed', message: expect.stringMatching(/was lost.*administrator/s) } },
    ]);
    await session.close();
  });
});

/** A server that answers each piece of data with `answer`. */
async function fakeServer(answer: (data: Buffer, socket: Socket) => string): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      const text = answer(data, socket);
      if (text !== '') socket.write(text);
    });
    onClose.push(() => socket.destroy());
  });
  const onClose: (() => void)[] = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const close of onClose) close();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
