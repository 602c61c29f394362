import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  type ConnectionConfig,
  resolveConnection,
} from '../../../../src/database/mysql/connection/config.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const nowhere = '/nowhere';

async function resolve(
  url: string,
  env: Record<string, string> = {},
  reporter = recordingReporter(),
): Promise<ConnectionConfig> {
  return resolveConnection({ url, env: { HOME: nowhere, ...env }, reporter });
}

/** A home with a ~/.my.cnf. */
async function home(text: string): Promise<{ HOME: string }> {
  const HOME = await temporaryFolder();
  await writeFile(join(HOME, '.my.cnf'), text, { mode: 0o600 });
  return { HOME };
}

describe('resolveConnection', () => {
  it('takes a URL apart', async () => {
    const config = await resolve('mysql://an%40n:p%3Aw%2F:x@[::1]:3307/my%2Fdb?connect_timeout=7');
    expect(config).toMatchObject({
      places: [{ host: '::1', port: 3307 }],
      user: 'an@n',
      password: 'p:w/:x',
      database: 'my/db',
      timeoutSeconds: 7,
      tls: { mode: 'PREFERRED' },
    });
    expect(JSON.stringify(config)).not.toContain('p:w');
    expect((await resolve('mariadb://u@db/x')).places).toEqual([{ host: 'db', port: 3306 }]);
  });

  it.each([
    ['mysql://u:secret@h', 'names no database'],
    ['mysql://u:secret@h/', 'names no database'],
    ['mysql://u:secret@h1,h2/db', 'several hosts'],
    ['mysql://u:sec@ret@h/db', 'must be written %40'],
    ['mysql://u:secret@h:x/db', 'a number as port'],
    ['mysql://u:secret@h/a/b', '%2F'],
    ['mysql://u:sec%ret@h/db', 'percent sign'],
    ['mysql://u:secret@h/db?password=secret', 'not supported: password'],
    ['mysql://u:secret@h/db?allowLoadLocalInfile=true', 'not supported: allowLoadLocalInfile'],
    ['mysql://u:secret@h/db?ssl-mode=SOMETIMES', 'ssl-mode cannot be "SOMETIMES"'],
    ['mysql://u:secret@h/db?ssl-mode=VERIFY_CA', 'needs the certificate'],
    ['mysql://u:secret@h/db?ssl-cert=/dev/null', 'both ssl-cert and ssl-key'],
    ['mysql://u:secret@h/db?ssl-ca=/nowhere/ca.pem', 'Cannot read the file of ssl-ca'],
    ['mysql://u:secret@h/db?ssl-ca=/dev/null', '/dev/null (ssl-ca) holds no certificate'],
    [
      'mysql://u:secret@h/db?ssl-cert=/dev/null&ssl-key=/dev/null',
      '/dev/null (ssl-cert) holds no certificate',
    ],
    ['mysql://u:secret@h/db?tls-version=TLSv1', 'tls-version cannot be "TLSv1"'],
    ['mysql://u:secret@h/db?connect-timeout=0', 'connect-timeout cannot be "0"'],
    ['mysql://u:secret@h:70000/db', 'port cannot be "70000"'],
    ['mysql://u:secret@h/db?socket=/tmp/s', 'both the host h and a socket'],
    ['postgres://u:secret@h/db', 'does not begin with mysql:// or mariadb://'],
  ])('refuses %s', async (url, why) => {
    const error: unknown = await resolve(url).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(why);
    expect(String(error)).not.toMatch(/secret|sec@|ret@/);
  });

  it.each([
    ['ssl-mode=required', 'REQUIRED'],
    ['sslmode=disable', 'DISABLED'],
    ['sslmode=verify-full', 'VERIFY_IDENTITY'],
    ['ssl=true', 'REQUIRED'],
    ['ssl=false', 'DISABLED'],
    ['ssl_ca=CA', 'VERIFY_CA'],
    ['ssl-ca=CA&ssl-mode=PREFERRED', 'PREFERRED'],
  ])('reads %s as %s', async (query, mode) => {
    const ca = join(await temporaryFolder(), 'ca.pem');
    await writeFile(ca, rootCertificates[0]!);
    expect((await resolve(`mysql://h/db?${query.replace('CA', ca)}`)).tls.mode).toBe(mode);
  });

  it('lets the URL win over the environment, and that over ~/.my.cnf', async () => {
    const env = await home('[client]\nuser=f\npassword=fp\nhost=fh\nport=1111\n');
    expect(await resolve('mysql:///db', env)).toMatchObject({
      user: 'f',
      password: 'fp',
      places: [{ host: 'fh', port: 1111 }],
    });
    const more = { ...env, MYSQL_PWD: 'ep', MYSQL_HOST: 'eh', MYSQL_TCP_PORT: '2222' };
    expect(await resolve('mysql:///db', more)).toMatchObject({
      password: 'ep',
      places: [{ host: 'eh', port: 2222 }],
    });
    expect(await resolve('mysql://u:up@uh:3333/db', more)).toMatchObject({
      user: 'u',
      password: 'up',
      places: [{ host: 'uh', port: 3333 }],
    });
    expect((await resolve('mysql://u:@uh/db', more)).password).toBe('');
  });

  it.skipIf(process.platform === 'win32')('finds the socket of this machine', async () => {
    const env = { MYSQL_UNIX_PORT: '/run/my.sock' };
    expect((await resolve('mysql://localhost/db', env)).places).toEqual([{ socket: '/run/my.sock' }]);
    expect((await resolve('mysql://localhost:3306/db', env)).places).toEqual([
      { host: 'localhost', port: 3306 },
    ]);
    expect((await resolve('mysql://127.0.0.1/db', env)).places).toEqual([{ host: '127.0.0.1', port: 3306 }]);
    expect((await resolve('mysql:///db?socket=/tmp/s', env)).places).toEqual([{ socket: '/tmp/s' }]);
    const file = await home('[client]\nsocket = /run/other.sock\n');
    expect((await resolve('mysql:///db', file)).places).toEqual([{ socket: '/run/other.sock' }]);
    expect((await resolve('mysql:///db')).places.at(-1)).toEqual({ host: 'localhost', port: 3306 });
  });
});

describe('~/.my.cnf', () => {
  const password = async (text: string, scheme = 'mysql'): Promise<string> =>
    (await resolve(`${scheme}://h/db`, await home(text))).password;

  it.each([
    ['[client]\npassword=plain', 'plain'],
    ['[client]\n  password = spaces around  ', 'spaces around'],
    ['[client]\npassword="# in quotes" # comment', '# in quotes'],
    ["[client]\npassword='it\\'s'", "it's"],
    ['[client]\npassword=back\\\\slash\\sspace\\x', 'back\\slash space\\x'],
    ['[client]\npassword=cut # comment', 'cut'],
    ['[client]\n# password=no\n; password=no\npassword=yes', 'yes'],
    ['[client]\r\npassword=dos\r\n', 'dos'],
    ['[client]\npassword=a=b', 'a=b'],
    ['[client]\npassword=first\n[mysqldump]\npassword=second', 'second'],
    ['[mysql]\npassword=no\n[mysqld]\npassword=no\n[client]\npassword=yes\n[other]\npassword=no', 'yes'],
    ['[client-mariadb]\npassword=no', ''],
    ['[client]\nloose_password=loose', 'loose'],
    ['[client]\npassword', ''],
  ])('%j', async (text, expected) => {
    expect(await password(text)).toBe(expected);
  });

  it("reads MariaDB's groups for mariadb://", async () => {
    expect(await password('[client-mariadb]\npassword=yes', 'mariadb')).toBe('yes');
  });

  it('follows includes', async () => {
    const env = await home('');
    const folder = join(env.HOME, 'conf.d');
    await mkdir(folder);
    await writeFile(join(folder, 'b.cnf'), '[client]\npassword=b\n');
    await writeFile(join(folder, 'a.cnf'), '[client]\npassword=a\nuser=a\n');
    await writeFile(join(folder, 'c.txt'), '[client]\npassword=c\n');
    await writeFile(
      join(env.HOME, '.my.cnf'),
      `!includedir ${folder}\n!include ${join(env.HOME, '.my.cnf')}\n`,
    );
    const reporter = recordingReporter();
    expect(await resolve('mysql://h/db', env, reporter)).toMatchObject({ user: 'a', password: 'b' });
    expect(reporter.warnings.length).toBeGreaterThan(0);
    expect(reporter.warnings.every((warning) => warning.includes('included too deep'))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('ignores a file that everybody may write', async () => {
    const env = await home('[client]\npassword=planted\n');
    await chmod(join(env.HOME, '.my.cnf'), 0o602);
    const reporter = recordingReporter();
    expect((await resolve('mysql://h/db', env, reporter)).password).toBe('');
    expect(reporter.warnings).toEqual([expect.stringContaining('may be written by everybody')]);
  });

  it('takes TLS from it', async () => {
    const env = await home('[client]\nssl-verify-server-cert\n');
    expect((await resolve('mysql://h/db', env)).tls.mode).toBe('VERIFY_IDENTITY');
    expect((await resolve('mysql://h/db?ssl-mode=DISABLED', env)).tls.mode).toBe('DISABLED');
    expect((await resolve('mysql://h/db', await home('[client]\nskip-ssl\n'))).tls.mode).toBe('DISABLED');
  });
});
