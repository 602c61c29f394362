import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConnection } from '../../../../src/database/mysql/connection/config.ts';
import { connect } from '../../../../src/database/mysql/connection/connect.ts';
import type { Session } from '../../../../src/database/mysql/connection/session.ts';
import { readServerVersion } from '../../../../src/database/mysql/connection/server-version.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { folderOfFile } from '../../../support/temporary-folder.ts';

const run = promisify(execFile);
const versions = await availableMysqlVersions();

/** The cipher of a connection, empty without TLS; or the message and hint of its failure. */
async function cipher(url: string): Promise<string> {
  const config = await resolveConnection({ url, env: { HOME: '/nowhere' }, reporter: recordingReporter() });
  try {
    const session = await connect(config, new AbortController().signal);
    const [row] = await session.query("SHOW STATUS LIKE 'ssl_cipher'");
    await session.close();
    return row!['Value']!;
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} ${hint ?? ''}`;
  }
}

describe.skipIf(!versions.includes('mysql'))('MySQL', { timeout: 60_000 }, () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ version: 'mysql' });
    await server.createDatabase('my db');
    await server.query(
      '',
      `CREATE USER 'ca"ch@ing'@'%' IDENTIFIED WITH caching_sha2_password BY 'p:ä/@?#% "';
      CREATE USER sha@'%' IDENTIFIED WITH sha256_password BY 'sha';
      CREATE USER none@'%' IDENTIFIED WITH sha256_password BY '';
      CREATE USER tls@'%' IDENTIFIED BY 'tls' REQUIRE SSL;
      GRANT ALL ON \`my db\`.* TO 'ca"ch@ing'@'%', sha@'%', none@'%', tls@'%'`,
    );
  }, 120_000);
  afterAll(() => server.stop());

  it.each([
    ['ca"ch@ing', 'p:ä/@?#% "'],
    ['sha', 'sha'],
  ])('authenticates %s by every way', async (user, password) => {
    const url = server.url('my db', user, password);
    const local = url.replace(/@127[^/]*/, '@');
    expect(await cipher(url)).toMatch(/^TLS/);
    expect(await cipher(`${url}?ssl-mode=REQUIRED`)).toMatch(/^TLS/);
    expect(await cipher(`${local}?socket=${server.socket}`)).toBe('');
    expect(await cipher(`${local}?socket=${server.socket}&ssl-mode=REQUIRED`)).toMatch(/^TLS/);
    const plain = `${url}?ssl-mode=DISABLED`;
    // The password is not in the server's cache now: it goes encrypted with the server's public key.
    await server.query('', 'FLUSH PRIVILEGES');
    expect(await cipher(plain)).toBe('');
    expect(await cipher(plain)).toBe('');
    await server.query('', 'FLUSH PRIVILEGES');
    expect(
      await cipher(`${plain}&server-public-key-path=${join(server.folder, 'data', 'public_key.pem')}`),
    ).toBe('');
  });

  it('sends no password where there is none', async () => {
    expect(await cipher(server.url('my db', 'none', ''))).toMatch(/^TLS/);
  });

  it('says why it cannot connect', async () => {
    const url = server.url('my db', 'tls', 'tls');
    const denied = await cipher(server.url('my db', 'tls', 'wr0ng'));
    expect(denied).toMatch(
      /^Cannot connect to database "my db" at 127\.0\.0\.1:\d+ as user "tls": Access denied for/,
    );
    expect(denied).not.toContain('wr0ng');
    expect(await cipher(`${url}?ssl-mode=DISABLED`)).toContain('ssl-mode=REQUIRED');
    expect(await cipher(url)).toMatch(/^TLS/);
    expect(await cipher(server.url('no\u202ene'))).toContain('CREATE DATABASE');
    expect(await cipher(server.url('mysql', 'sha', 'sha'))).toContain('GRANT');
    expect(await cipher('mysql://u@localhost:1/db')).toContain('refused');
    expect(await cipher('mysql://u@/db?socket=/nowhere/s.sock')).toContain('there is no such socket');
    expect(await cipher('mysql://u@no-such-host.invalid/db')).toMatch(/host name is unknown|name service/);
  });

  it('gives the server up after connect-timeout', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(await cipher(`mysql://u@127.0.0.1:${port}/db?connect-timeout=1`)).toContain('within 1 seconds');
    const config = await resolveConnection({
      url: `mysql://u@127.0.0.1:${port}/db`,
      env: {},
      reporter: recordingReporter(),
    });
    const controller = new AbortController();
    const waiting = connect(config, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    silent.close();
  });
});

describe.skipIf(!versions.includes('mariadb'))('MariaDB', { timeout: 60_000 }, () => {
  let server: MysqlServer;
  let file: (name: string) => string;
  beforeAll(async () => {
    const path = await folderOfFile();
    file = (name) => join(path, name);
    const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: path });
    for (const name of ['ca', 'other']) {
      await openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        `/CN=${name}`,
        '-days',
        '2',
      );
    }
    for (const [name, subject] of [
      ['server', '/CN=localhost'],
      ['client', '/CN=client'],
    ] as const) {
      await openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        subject,
      );
      await openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${name}.pem`,
        '-days',
        '2',
      );
    }
    const args = [
      `--ssl-ca=${file('ca.pem')}`,
      `--ssl-cert=${file('server.pem')}`,
      `--ssl-key=${file('server.key')}`,
    ];
    server = await startMysql({ version: 'mariadb', args });
    await server.createDatabase('app');
    await server.query(
      '',
      `CREATE USER native@'%' IDENTIFIED BY 'native'; CREATE USER cert@'%' IDENTIFIED BY 'cert' REQUIRE X509;
      INSTALL SONAME 'auth_ed25519'; CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('ed päss');
      GRANT ALL ON app.* TO native@'%', cert@'%', ed@'%'`,
    );
  }, 120_000);
  afterAll(() => server.stop());

  it.each([
    ['native', 'native'],
    ['ed', 'ed päss'],
  ])('authenticates %s', async (user, password) => {
    expect(await cipher(server.url('app', user, password))).toMatch(/^TLS/);
    // Each signature is of other bytes: all four signs that two points can have come up.
    for (let round = 0; round < 12; round += 1) {
      expect(await cipher(`${server.url('app', user, password)}?ssl-mode=DISABLED`)).toBe('');
    }
    expect(await cipher(server.url('app', user, 'wrong'))).toContain('Access denied');
  });

  it('verifies as ssl-mode says', async () => {
    const url = server.url('app', 'native', 'native');
    const named = url.replace('127.0.0.1', 'localhost');
    const ca = `ssl-ca=${file('ca.pem')}`;
    const other = `ssl-ca=${file('other.pem')}`;
    expect(await cipher(`${url}?${ca}`)).toMatch(/^TLS/);
    expect(await cipher(`${url}?${ca}&ssl-mode=VERIFY_CA`)).toMatch(/^TLS/);
    expect(await cipher(`${url}?${other}`)).toContain('is not trusted');
    expect(await cipher(`${url}?${other}&ssl-mode=REQUIRED`)).toMatch(/^TLS/);
    expect(await cipher(`${named}?${ca}&ssl-mode=VERIFY_IDENTITY`)).toMatch(/^TLS/);
    expect(await cipher(`${url}?${ca}&ssl-mode=VERIFY_IDENTITY`)).toContain('for another name');
    expect(await cipher(`${named}?ssl-mode=VERIFY_IDENTITY`)).toContain('is not trusted');
    expect(await cipher(`${url}?ssl-mode=REQUIRED&tls-version=TLSv1.2`)).toMatch(/^ECDHE|^DHE/);
  });

  it('shows a client certificate', async () => {
    const url = server.url('app', 'cert', 'cert');
    const client = `ssl-cert=${file('client.pem')}&ssl-key=${file('client.key')}`;
    expect(await cipher(`${url}?${client}`)).toMatch(/^TLS/);
    expect(await cipher(url)).toContain('Access denied');
    const otherKey = `ssl-cert=${file('client.pem')}&ssl-key=${file('server.key')}`;
    await expect(cipher(`${url}?${otherKey}`)).rejects.toThrow('is not the key of the certificate in');
  });
});

describe.skipIf(!versions.includes('mariadb'))('MariaDB without TLS', { timeout: 60_000 }, () => {
  it('goes without TLS unless it is asked for, and tells when there are too many', async () => {
    const server = await startMysql({ version: 'mariadb', args: ['--skip-ssl', '--max-connections=10'] });
    try {
      expect(await cipher(server.url('mysql'))).toBe('');
      expect(await cipher(`${server.url('mysql')}?ssl-mode=REQUIRED`)).toContain('does not support TLS');
      await server.query('', "CREATE USER x@'%' IDENTIFIED VIA unix_socket");
      expect(await cipher(server.url('mysql', 'x', 'x'))).toContain('Access denied');
      const config = await resolveConnection({
        url: server.url('mysql'),
        env: {},
        reporter: recordingReporter(),
      });
      const signal = new AbortController().signal;
      const sessions: Session[] = [];
      let failure: unknown;
      while (failure === undefined && sessions.length < 20) {
        await connect(config, signal).then(
          (session) => sessions.push(session),
          (error: unknown) => (failure = error),
        );
      }
      expect((failure as { hint: string }).hint).toContain('raise max_connections');
      await Promise.all(sessions.map((session) => session.close()));
    } finally {
      await server.stop();
    }
  }, 120_000);
});

describe('readServerVersion', () => {
  it.each([
    ['8.0.36', 'MySQL Community Server - GPL', 'mysql', 80036],
    ['8.0.36-28', 'Percona Server (GPL)', 'mysql', 80036],
    ['10.11.6-MariaDB-log', 'Debian 12', 'mariadb', 101106],
    ['5.5.5-10.6.12-MariaDB', '', 'mariadb', 100612],
    ['5.7.44', 'MySQL Community Server (GPL)', 'mysql', 50744],
  ])('%s (%s)', (version, comment, flavor, number) => {
    expect(readServerVersion(version, comment)).toMatchObject({ flavor, number });
  });

  it.each([
    ['8.0.11-TiDB-v7.5.0', 'TiDB Server'],
    ['5.7.32', 'SingleStoreDB source distribution (compatible)'],
    ['8.0.30-Vitess', 'Version: 19.0'],
    ['unheard of', ''],
  ])('is no MySQL: %s', (version, comment) => {
    expect(readServerVersion(version, comment)).toBeNull();
  });
});

describe('what is leaned on in mysql2', () => {
  it('asks for no capability that the wire does not know', async () => {
    const connection = createConnection({ flags: ['-SESSION_TRACK', '-LOCAL_FILES'], port: 1 });
    connection.on('error', () => undefined);
    const { clientFlags } = (connection as unknown as { config: { clientFlags: number } }).config;
    connection.destroy();
    // CLIENT_DEPRECATE_EOF, CLIENT_SESSION_TRACK, CLIENT_LOCAL_FILES, CLIENT_COMPRESS, CLIENT_OPTIONAL_RESULTSET_METADATA.
    expect(clientFlags & (0x0100_0000 | 0x0080_0000 | 0x80 | 0x20 | 0x0200_0000)).toBe(0);
  });

  it('has the insides that are taken', () => {
    const connection = createConnection({ port: 1 });
    connection.on('error', () => undefined);
    const inner = connection as unknown as Record<
      string,
      { execute?: unknown; on?: unknown; password?: unknown }
    >;
    expect(typeof inner['packetParser']!.execute).toBe('function');
    expect(typeof inner['startTLS']).toBe('function');
    expect(typeof inner['stream']!.on).toBe('function');
    expect('password' in inner['config']!).toBe(true);
    connection.destroy();
  });
});
