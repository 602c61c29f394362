import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresVersion } from './postgres-binaries.ts';
import { handOver, type ServerUser } from './server-user.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'holdfast-servers');

/** A role that must give its password; everyone else is trusted. The characters are those that URLs must escape. */
export const PASSWORD_ROLE = { name: 'scram_user', password: 'p@ss:w/o?r#d%20 $&' } as const;

const HOST_BASED_AUTHENTICATION = `local all ${PASSWORD_ROLE.name} scram-sha-256
host all ${PASSWORD_ROLE.name} 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
local replication all trust
`;

/**
 * Makes the data directory of a new cluster at `data`: superuser postgres, UTF-8. initdb takes seconds, so its result
 * is kept in node_modules/.cache and copied from there the next time.
 */
export async function createCluster(
  data: string,
  options: { version: PostgresVersion; release: string; native: string; user: ServerUser },
): Promise<void> {
  const args = initdbArguments(options.version);
  const recipe = createHash('sha256').update(
    JSON.stringify([args, HOST_BASED_AUTHENTICATION, PASSWORD_ROLE]),
  );
  const name = `postgres-${options.release}-uid${options.user.uid}-${recipe.digest('hex').slice(0, 8)}`;
  const template = join(CACHE, name);
  if (existsSync(template)) {
    await run('cp', ['-a', template, data]);
    return;
  }
  await initialize(data, args, options.native, options.user);
  await mkdir(CACHE, { recursive: true });
  const unfinished = join(CACHE, `${name}.${randomUUID()}`);
  await run('cp', ['-a', data, unfinished]);
  // Renaming fails when another process has put its own there meanwhile: that one is as good.
  await rename(unfinished, template).catch(() => rm(unfinished, { recursive: true, force: true }));
}

function initdbArguments(version: PostgresVersion): string[] {
  // The built-in locale provider is the same on every system; older servers have only the C library's.
  const locale =
    version >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8'];
  return ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync', ...locale];
}

async function initialize(data: string, args: string[], native: string, user: ServerUser): Promise<void> {
  const account = user.foreign ? { uid: user.uid, gid: user.gid } : {};
  const options = { cwd: '/', env: { ...process.env, LC_ALL: 'C' }, ...account };
  await run(join(native, 'bin', 'initdb'), [...args, '-D', data], options);
  await writeFile(join(data, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION);
  await handOver(data, user);
  const single = run(
    join(native, 'bin', 'postgres'),
    ['--single', '-F', '-D', data, '-c', 'password_encryption=scram-sha-256', 'postgres'],
    options,
  );
  single.child.stdin?.end(`CREATE ROLE ${PASSWORD_ROLE.name} LOGIN PASSWORD '${PASSWORD_ROLE.password}';\n`);
  const { stderr } = await single;
  if (stderr.includes('ERROR')) throw new Error(`cannot create the role ${PASSWORD_ROLE.name}: ${stderr}`);
}
