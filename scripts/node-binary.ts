import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Platform } from './platforms.ts';
import { run } from './run.ts';

interface Lock {
  packages: Record<string, { version: string; integrity?: string } | undefined>;
}

/** The Node release of one platform, as package-lock.json pins it. */
export interface NodeRelease {
  readonly platform: Platform;
  /** `26.10.0` */
  readonly version: string;
  /** Subresource integrity of the npm package's tarball: `sha512-` and base64. */
  readonly integrity: string;
}

/** What package-lock.json pins for `platform`. Throws when it pins no digest. */
export async function pinnedNode(root: string, platform: Platform): Promise<NodeRelease> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const entry = lock.packages[`node_modules/${platform.nodePackage}`];
  if (!entry?.integrity?.startsWith('sha512-')) {
    throw new Error(`package-lock.json pins no SHA-512 of ${platform.nodePackage}`);
  }
  return { platform, version: entry.version, integrity: entry.integrity };
}

/**
 * Lays the Node binary of `release` where pkg keeps one that it has downloaded, checked and unpacked, so that pkg
 * downloads nothing: `home`/.pkg-cache/sea. The binary comes out of the npm tarball whose SHA-512 package-lock.json
 * pins; it is checked on every call. pkg takes an empty `.ok` beside archive and binary as "complete", and with the
 * binary in place never opens the archive, which is therefore empty.
 */
export async function fillPkgCache(release: NodeRelease, home: string): Promise<void> {
  const { platform, version } = release;
  const windows = platform.extension === '.exe';
  const cache = join(home, '.pkg-cache', 'sea');
  const name = `node-v${version}-${platform.nodeName}`;
  const archive = join(cache, `${name}${windows ? '.zip' : '.tar.gz'}`);
  const binary = windows ? join(cache, `${name}.exe`) : join(cache, name, 'bin', 'node');
  await mkdir(dirname(binary), { recursive: true });

  const tarball = await verifiedTarball(release, join(home, 'npm'));
  const member = `package/bin/node${platform.extension}`;
  const unpacked = await mkdtemp(join(home, 'unpack-'));
  await run('tar', ['-xzf', tarball, '-C', unpacked, member]);
  await rename(join(unpacked, member), binary);
  await rm(unpacked, { recursive: true });
  for (const path of [archive, `${archive}.ok`, `${binary}.ok`]) await writeFile(path, '');
}

/** The npm tarball of `release`, below `folder`; npm gets it from its cache or the registry when it is not there. */
async function verifiedTarball(release: NodeRelease, folder: string): Promise<string> {
  const { platform, version, integrity } = release;
  const tarball = join(folder, `${platform.nodePackage}-${version}.tgz`);
  if (!existsSync(tarball)) {
    await mkdir(folder, { recursive: true });
    // Not `npm install`: it refuses packages of another platform.
    const args = ['pack', `${platform.nodePackage}@${version}`, '--pack-destination', folder];
    await run('npm', [...args, '--prefer-offline', '--silent']);
  }
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  if (`sha512-${hash.digest('base64')}` !== integrity) {
    await rm(tarball);
    throw new Error(`${tarball} is not what package-lock.json pins; it was removed`);
  }
  return tarball;
}
