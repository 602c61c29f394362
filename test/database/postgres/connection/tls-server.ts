import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { PASSWORD_ROLE } from '../../../servers/postgres-cluster.ts';
import { handOver, serverUser, temporaryRoot } from '../../../servers/server-user.ts';

const run = promisify(execFile);

/** Who may come in how: tells by the database's name what the rule is. */
const RULES = `local all ${PASSWORD_ROLE.name} scram-sha-256
local all all trust
hostssl only_tls all 127.0.0.1/32 trust
hostnossl only_plain all 127.0.0.1/32 trust
hostssl by_certificate all 127.0.0.1/32 cert
host by_scram all 127.0.0.1/32 scram-sha-256
host postgres all 127.0.0.1/32 trust
`;

export interface TlsServer {
  readonly server: PostgresServer;
  /** PEM files: the authority, a certificate of it for role `postgres`, and an authority of somebody else. */
  readonly files: Readonly<Record<'root' | 'clientCertificate' | 'clientKey' | 'otherRoot', string>>;
  stop(): Promise<void>;
}

/** Starts a server that speaks TLS with a certificate for `localhost` (not for 127.0.0.1) from an authority of its own. */
export async function startTlsServer(): Promise<TlsServer> {
  const user = serverUser();
  const folder = await mkdtemp(join(await temporaryRoot(user), 'holdfast-tls-'));
  const serverFolder = join(folder, 'server');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o755);
    await run('mkdir', [serverFolder]);
    const root = await createAuthority(folder, 'root');
    const otherRoot = await createAuthority(folder, 'other');
    const certificate = await createCertificate(
      folder,
      'server',
      'localhost',
      'subjectAltName=DNS:localhost',
    );
    const client = await createCertificate(folder, 'client', 'postgres');
    await run('mv', [certificate.cert, certificate.key, serverFolder]);
    await writeFile(join(serverFolder, 'hba'), RULES);
    await handOver(serverFolder, user);
    const server = await startPostgres({
      settings: {
        ssl: 'on',
        ssl_ca_file: root,
        ssl_cert_file: join(serverFolder, 'server.crt'),
        ssl_key_file: join(serverFolder, 'server.key'),
        hba_file: join(serverFolder, 'hba'),
      },
    });
    for (const name of ['only_tls', 'only_plain', 'by_certificate', 'by_scram'])
      await server.createDatabase(name);
    return {
      server,
      files: { root, otherRoot, clientCertificate: client.cert, clientKey: client.key },
      stop: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function createAuthority(folder: string, name: string): Promise<string> {
  const cert = join(folder, `${name}.crt`);
  const files = ['-keyout', join(folder, `${name}.key`), '-out', cert];
  await run('openssl', [
    ...'req -x509 -newkey rsa:2048 -nodes -days 2'.split(' '),
    '-subj',
    `/CN=${name}`,
    ...files,
  ]);
  return cert;
}

/** A certificate by the authority `root`. */
async function createCertificate(
  folder: string,
  name: string,
  commonName: string,
  extension?: string,
): Promise<{ cert: string; key: string }> {
  const [cert, key, request] = ['crt', 'key', 'csr'].map((suffix) => join(folder, `${name}.${suffix}`)) as [
    string,
    string,
    string,
  ];
  await run('openssl', [
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${commonName}`,
    '-keyout',
    key,
    '-out',
    request,
  ]);
  const authority = ['-CA', join(folder, 'root.crt'), '-CAkey', join(folder, 'root.key'), '-CAcreateserial'];
  const extensions = join(folder, `${name}.ext`);
  await writeFile(extensions, extension ?? '');
  await run('openssl', [
    'x509',
    '-req',
    '-days',
    '2',
    '-in',
    request,
    ...authority,
    '-out',
    cert,
    '-extfile',
    extensions,
  ]);
  await chmod(key, 0o600);
  return { cert, key };
}
