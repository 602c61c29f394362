import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillPkgCache, pinnedNode } from '../../scripts/node-binary.ts';
import { PLATFORMS, type Platform } from '../../scripts/platforms.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONTENT = 'what npm ships as Node';

/** An npm tarball as it lies in the cache below `home`, and its integrity. */
async function tarballIn(home: string, platform: Platform): Promise<string> {
  const bin = join(home, 'made', 'package', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, `node${platform.extension}`), CONTENT);
  const tarball = join(home, 'npm', `${platform.nodePackage}-1.2.3.tgz`);
  await mkdir(join(home, 'npm'), { recursive: true });
  execFileSync('tar', ['-czf', tarball, '-C', join(home, 'made'), 'package']);
  return `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
}

describe.each(PLATFORMS)('the Node binary for $name', (platform) => {
  it('is pinned by package-lock.json', async () => {
    await expect(pinnedNode(ROOT, platform)).resolves.toMatchObject({
      version: process.versions.node,
      integrity: expect.stringMatching(/^sha512-.{88}$/),
    });
  });

  it('is laid where pkg looks for it', async () => {
    const home = await temporaryFolder();
    const integrity = await tarballIn(home, platform);
    await fillPkgCache({ platform, version: '1.2.3', integrity }, home);
    const cached = join(home, '.pkg-cache', 'sea', `node-v1.2.3-${platform.nodeName}`);
    const binary = platform.extension ? `${cached}.exe` : join(cached, 'bin', 'node');
    expect(await readFile(binary, 'utf8')).toBe(CONTENT);
    expect(existsSync(`${binary}.ok`)).toBe(true);
    expect(existsSync(`${cached}${platform.extension ? '.zip' : '.tar.gz'}.ok`)).toBe(true);
  });

  it('is refused when its digest is another', async () => {
    const home = await temporaryFolder();
    await tarballIn(home, platform);
    const integrity = `sha512-${createHash('sha512').update('another').digest('base64')}`;
    await expect(fillPkgCache({ platform, version: '1.2.3', integrity }, home)).rejects.toThrow(
      /not what package-lock.json pins/,
    );
    expect(
      existsSync(join(home, '.pkg-cache', 'sea', `node-v1.2.3-${platform.nodeName}`, 'bin', 'node')),
    ).toBe(false);
  });
});
