import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConnection } from '../../../../src/database/postgres/connection/config.ts';
import { findPassword } from '../../../../src/database/postgres/connection/passfile.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-home-'));
});
afterAll(() => rm(home, { recursive: true }));

async function resolve(url: string, env: Record<string, string> = {}, reporter = recordingReporter()) {
  return resolveConnection({ url, env: { HOME: home, ...env }, reporter });
}

const secrets = /s3cret/;

describe('resolveConnection', () => {
  it.each([
    ['postgres://ann@db.example/app', { host: 'db.example', port: 5432 }],
    ['postgresql://ann@db.example:6432/app', { host: 'db.example', port: 6432 }],
    ['postgres://ann@[::1]:6432/app', { host: '::1', port: 6432 }],
    ['postgres://ann@%2Fvar%2Frun%2Fpg:6432/app', { host: '/var/run/pg', port: 6432 }],
    ['postgres://ann@/app?host=/var/run/pg&port=6432', { host: '/var/run/pg', port: 6432 }],
    ['postgres://ann@db.example:1/app?host=other&port=2', { host: 'other', port: 2 }],
  ])('%s: host and port', async (url, expected) => {
    const config = await resolve(url);
    expect(config.hosts).toMatchObject([expected]);
    expect(config).toMatchObject({ user: 'ann', database: 'app', applicationName: 'holdfast' });
  });

  it('takes several hosts, with one port or one each', async () => {
    expect((await resolve('postgres://a:1,b,[::1]:3/app')).hosts).toMatchObject([
      { host: 'a', port: 1 },
      { host: 'b', port: 5432 },
      { host: '::1', port: 3 },
    ]);
    expect((await resolve('postgres:///app?host=a,b&port=7')).hosts).toMatchObject([
      { port: 7 },
      { port: 7 },
    ]);
    await expect(resolve('postgres:///app?host=a,b&port=1,2,3')).rejects.toMatchObject({ code: 'usage' });
  });

  it('decodes every part', async () => {
    const config = await resolve(
      'postgres://%C3%A4nn%40x:s3%40cret%2F@db/a%20b?application_name=n%26m&options=-c%20a%3D1',
    );
    expect(config).toMatchObject({
      user: 'änn@x',
      database: 'a b',
      applicationName: 'n&m',
      options: '-c a=1',
    });
    expect(config.hosts[0]?.password).toBe('s3@cret/');
    expect(JSON.stringify(config)).not.toMatch(/s3@/);
  });

  it('falls back to the variables of the given environment, and only those', async () => {
    const env = {
      PGHOST: 'db.env',
      PGPORT: '6000',
      PGUSER: 'eve',
      PGPASSWORD: 'from-env',
      PGDATABASE: 'base',
      PGAPPNAME: 'cron',
      PGOPTIONS: '-c x=1',
      PGCONNECT_TIMEOUT: '7',
      PGSSLMODE: 'disable',
    };
    const config = await resolve('postgres://', env);
    expect(config).toMatchObject({
      hosts: [{ host: 'db.env', port: 6000, password: 'from-env' }],
      user: 'eve',
      database: 'base',
      applicationName: 'cron',
      options: '-c x=1',
      timeoutSeconds: 7,
      tls: { attempts: ['plain'] },
    });
    const url = await resolve('postgres://ann:own@db.url:1/app?application_name=me&sslmode=require', env);
    expect(url).toMatchObject({
      hosts: [{ host: 'db.url', port: 1, password: 'own' }],
      user: 'ann',
      database: 'app',
      applicationName: 'me',
      tls: { attempts: ['tls'] },
    });
  });

  it.each([
    ['mysql://db/app', 'postgres://'],
    ['postgres://ann:s3cret@db/app?schema=public', 'schema'],
    ['postgres://ann:s3cret@db/app?sslmode=no-verify', 'no-verify'],
    ['postgres://ann:s3cret@db:54x2/app', 'port'],
    ['postgres:///app?port=54x2', '54x2'],
    ['postgres://ann:12/s3cret@db/app', '%40'],
    ['postgres://ann:pa/s3cret@db/app', '%40'],
    ['postgres://ann:pa@s3cret@db/app', '%40'],
    ['postgres://ann:s3cret@db:70000/app', '70000'],
    ['postgres://ann:s3cret%zz@db/app', '%25'],
    ['postgres://ann:s3cret@db/app%00', '%00'],
    ['postgres://ann:s3cret@::1/app', 'brackets'],
    ['postgres://ann:s3cret@db/app?connect_timeout', 'name=value'],
    ['postgres://ann:s3cret@db/app?connect_timeout=soon', 'soon'],
    ['postgres://ann:s3cret@db/app?gssencmode=require', 'gssencmode'],
    ['postgres://ann:s3cret@db/app?target_session_attrs=any1', 'any1'],
    ['postgres://ann:s3cret@db/app?sslmode=require&sslrootcert=system', 'sslrootcert=system'],
    ['postgres://ann:s3cret@db/app?sslnegotiation=direct', 'sslnegotiation'],
    ['postgres://ann:s3cret@db/app?constructor=1', 'constructor'],
  ])('refuses %s', async (url, named) => {
    const error = await resolve(url).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(named) });
    expect(String(error)).not.toMatch(secrets);
  });

  it.each([
    '?client_encoding=latin1',
    '?gssencmode=prefer',
    '?ssl=true',
    '?sslmode=require&channel_binding=require',
  ])('accepts %s', async (query) => {
    await expect(resolve(`postgres://ann@db/app${query}`)).resolves.toBeDefined();
  });

  it('warns of variables that it cannot obey', async () => {
    const reporter = recordingReporter();
    await resolve('postgres://db/app', { PGSERVICE: 'prod' }, reporter);
    expect(reporter.warnings).toEqual([expect.stringContaining('PGSERVICE')]);
  });

  it('needs a root certificate for the verify modes, and reads the named files', async () => {
    await expect(resolve('postgres://db/app?sslmode=verify-full')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(join(home, '.postgresql', 'root.crt')),
    });
    await expect(resolve('postgres://db/app?sslrootcert=/no/such/file')).rejects.toMatchObject({
      message: expect.stringContaining('/no/such/file'),
    });
    await expect(
      resolve('postgres://db/app?sslmode=disable&sslrootcert=/no/such/file'),
    ).resolves.toBeDefined();
    await expect(resolve('postgres://db/app?sslrootcert=/dev/null')).rejects.toMatchObject({
      message: '/dev/null (sslrootcert) holds no certificate in PEM format.',
    });
    const system = await resolve('postgres://db/app?sslrootcert=system');
    expect(system.tls.mode).toBe('verify-full');
  });
});

describe('the password file', () => {
  it('is found by PGPASSFILE, in the home folder, or by passfile=', async () => {
    const file = join(home, '.pgpass');
    await writeFile(file, 'db:5432:app:ann:in-home\n', { mode: 0o600 });
    const other = join(home, 'other');
    await writeFile(other, 'db:5432:app:ann:in-other\n', { mode: 0o600 });
    expect((await resolve('postgres://ann@db/app')).hosts[0]?.password).toBe('in-home');
    expect((await resolve('postgres://ann@db/app', { PGPASSFILE: other })).hosts[0]?.password).toBe(
      'in-other',
    );
    expect((await resolve(`postgres://ann@db/app?passfile=${other}`)).hosts[0]?.password).toBe('in-other');
    expect((await resolve('postgres://ann:url@db/app')).hosts[0]?.password).toBe('url');
    expect((await resolve('postgres://bob@db/app')).hosts[0]?.password).toBeUndefined();
  });

  it.runIf(process.platform !== 'win32')('is not used, with a warning, when others may read it', async () => {
    const file = join(home, 'open');
    await writeFile(file, '*:*:*:*:s3cret\n');
    await chmod(file, 0o640);
    const reporter = recordingReporter();
    const config = await resolve('postgres://ann@db/app', { PGPASSFILE: file }, reporter);
    expect(config.hosts[0]?.password).toBeUndefined();
    expect(reporter.warnings).toEqual([expect.stringContaining(`chmod 600 ${file}`)]);
    expect(reporter.warnings.join()).not.toMatch(secrets);
  });

  it.each([
    ['*:*:*:*:all', 'all'],
    ['# db:5432:app:ann:no\ndb:5432:app:ann:yes', 'yes'],
    ['db:5432:app:bob:no\r\ndb:5432:*:ann:a:b\r\n', 'a:b'],
    ['db:5432:app:ann:back\\\\slash\\:colon', 'back\\slash:colon'],
    ['d\\b:5432:app:ann:escaped', 'escaped'],
    ['db:5433:app:ann:no', undefined],
    ['db:5432:app:ann', undefined],
    ['', undefined],
  ])('line %j', (text, password) => {
    expect(findPassword(text, { host: 'db', port: 5432, database: 'app', user: 'ann' })).toBe(password);
  });
});
