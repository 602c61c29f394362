import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runTool, type Found } from '../support/tools.ts';
import { unpackDebianPackages } from './debian-package.ts';
import { freePort } from './free-port.ts';
import { serverRoot, serverUser } from './server-user.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

/** Keys of an account of the service. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A Ceph with its S3 gateway. */
interface Ceph {
  readonly endpoint: string;
  /** Makes an account that owns nothing; policies call it `arn:aws:iam:::user/<name>`. */
  addUser(name: string, keys: S3Keys): Promise<void>;
  /** What the gateway has logged: a line for each request among others. */
  log(): string;
  stop(): Promise<void>;
}

/** It runs as this account, root too: another one might not be able to read the unpacked programs. */
const account = () => ({ ...serverUser(), foreign: false });

let found: Promise<Found<string>> | undefined;

/** Unpacks Ceph from Debian's packages into node_modules/.cache; the value is that folder. */
export function findCeph(): Promise<Found<string>> {
  found ??= unpackDebianPackages('ceph', {
    packages: ['ceph-mon', 'ceph-osd', 'radosgw'],
    programs: [
      'usr/bin/ceph-mon',
      'usr/bin/ceph-osd',
      'usr/bin/monmaptool',
      'usr/bin/osdmaptool',
      'usr/bin/radosgw',
      'usr/bin/radosgw-admin',
    ],
    libraries: ['ceph'],
  });
  return found;
}

/**
 * Starts the smallest whole Ceph: a monitor, one store for objects, which keeps them in memory, and the gateway, each a
 * process of its own. The gateway alone, on its `dbstore`, would start faster, but copies nothing, or refuses keys that
 * file systems do not like and multipart uploads under keys with a dot.
 */
export async function startCeph(): Promise<Ceph> {
  const root = await findCeph();
  if (root.reason !== undefined) throw new Error(root.reason);
  for (let attempt = 1; ; attempt += 1) {
    const folders = await makeFolders();
    const started: SupervisedProcess[] = [];
    try {
      return await startDaemons(root.value, folders, started);
    } catch (error) {
      const logged = started.map((daemon) => daemon.log().slice(-4000)).join('\n');
      await Promise.all(started.map((daemon) => daemon.stop()));
      for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
      // Between finding a free port and taking it, another process may have taken it.
      if (attempt === 3 || !(error instanceof EndedTooSoon)) {
        throw new Error(`Ceph did not start:\n${logged}`, { cause: error });
      }
    }
  }
}

interface Folders {
  readonly monitor: string;
  readonly store: string;
  readonly gateway: string;
}

/** Each daemon removes its own folder when it ends. */
async function makeFolders(): Promise<Folders> {
  const root = await serverRoot(account());
  const make = (name: string) => mkdtemp(join(root, `holdfast-s3-${name}-`));
  return {
    monitor: await make('monitor'),
    store: await make('store'),
    gateway: await make('gateway'),
  };
}

const dataOf = (folder: string) => join(folder, 'data');

class EndedTooSoon extends Error {}

async function startDaemons(root: string, folders: Folders, started: SupervisedProcess[]): Promise<Ceph> {
  const monitorPort = await freePort();
  const gatewayPort = await freePort();
  const configuration = join(folders.gateway, 'ceph.conf');
  await mkdir(dataOf(folders.store));
  await writeFile(configuration, configure(root, folders, monitorPort, gatewayPort));
  const run = (program: string, args: readonly string[]) =>
    runTool(join(root, 'bin', program), ['-c', configuration, ...args], { cwd: folders.gateway });
  const start = async (
    program: string,
    folder: string,
    args: readonly string[],
    ready: RegExp,
  ): Promise<SupervisedProcess> => {
    const daemon = await superviseProcess(join(root, 'bin', program), ['-f', '-c', configuration, ...args], {
      user: account(),
      folder,
      signal: 'KILL',
    });
    started.push(daemon);
    await waitFor(daemon, ready);
    return daemon;
  };

  const monitors = join(folders.gateway, 'monitors');
  const stores = join(folders.gateway, 'stores');
  await Promise.all([
    run('monmaptool', [
      '--create',
      '--fsid',
      CLUSTER,
      '--addv',
      'a',
      `[v2:127.0.0.1:${monitorPort}]`,
      monitors,
    ]),
    run('osdmaptool', ['--createsimple', '1', stores]),
  ]);
  await Promise.all([
    run('ceph-mon', ['-i', 'a', '--mkfs', '--monmap', monitors, '--osdmap', stores]),
    run('ceph-osd', ['-i', '0', '--mkfs', '--no-mon-config', '--osd-uuid', randomUUID()]),
  ]);
  await start('ceph-mon', folders.monitor, ['-i', 'a'], /mon\.a@0\(leader\)/);
  await start('ceph-osd', folders.store, ['-i', '0'], /state: booting -> active/);
  const gateway = await start('radosgw', folders.gateway, ['-n', ADMINISTRATOR], /starting handler: beast/);
  return {
    endpoint: `http://127.0.0.1:${gatewayPort}`,
    addUser: async (name, { accessKey, secretKey }) => {
      const keys = [`--access-key=${accessKey}`, `--secret=${secretKey}`];
      const user = ['user', 'create', `--uid=${name}`, `--display-name=${name}`, ...keys];
      await run('radosgw-admin', ['-n', ADMINISTRATOR, ...user]);
    },
    log: () => gateway.log(),
    stop: async () => {
      await Promise.all(started.map((daemon) => daemon.stop()));
    },
  };
}

const CLUSTER = '5e1f1e55-0000-4000-8000-000000000000';
const ADMINISTRATOR = 'client.admin';

function configure(root: string, folders: Folders, monitorPort: number, gatewayPort: number): string {
  const libraries = join(root, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const settings = {
    fsid: CLUSTER,
    mon_host: `v2:127.0.0.1:${monitorPort}`,
    public_addr: '127.0.0.1',
    cluster_addr: '127.0.0.1',
    ms_bind_msgr1: 'false',
    auth_cluster_required: 'none',
    auth_service_required: 'none',
    auth_client_required: 'none',
    // Without accounts of the cluster nothing can be encrypted.
    ms_mon_client_mode: 'crc',

    plugin_dir: join(libraries, 'ceph'),
    erasure_code_dir: join(libraries, 'ceph/erasure-code'),
    osd_class_dir: join(libraries, 'rados-classes'),
    run_dir: folders.gateway,
    crash_dir: folders.gateway,
    admin_socket: '',
    log_file: '',
    log_to_stderr: 'true',
    mon_cluster_log_to_file: 'false',

    mon_data: dataOf(folders.monitor),
    // Nobody else changes the cluster's maps: no need to wait for more changes.
    paxos_propose_interval: '0.01',
    paxos_min_wait: '0.001',

    osd_data: dataOf(folders.store),
    osd_objectstore: 'memstore',
    memstore_device_bytes: `${2 ** 36}`,
    osd_crush_chooseleaf_type: '0',
    osd_crush_update_on_start: 'false',
    osd_pool_default_size: '1',
    osd_pool_default_pg_num: '1',
    osd_pool_default_pg_autoscale_mode: 'off',
    mon_allow_pool_size_one: 'true',

    rgw_data: folders.gateway,
    rgw_frontends: `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
    rgw_thread_pool_size: '64',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[global]\n${lines.join('')}`;
}

/** Waits until a daemon has logged that it works. */
async function waitFor(daemon: SupervisedProcess, ready: RegExp): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!ready.test(daemon.log())) {
    if (daemon.hasExited()) throw new EndedTooSoon();
    if (Date.now() > deadline) throw new Error('it does not get ready');
    await delay(10);
  }
}
