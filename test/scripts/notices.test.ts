import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { thirdPartyNotices } from '../../scripts/notices.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Makes a package in `node_modules` with these files. */
async function addPackage(root: string, name: string, files: Record<string, string>): Promise<void> {
  const folder = join(root, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  const facts = { name, version: '1.2.3', license: 'MIT' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(facts));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
}

it('holds the notice of Node and of each package that was bundled, once', async () => {
  const root = await temporaryFolder();
  await addPackage(root, 'some-node', { LICENSE: 'Node may be used' });
  await addPackage(root, '@scope/one', { 'licence.md': 'One may be used' });
  await addPackage(root, 'two', { 'README.md': '# Two\n\n## License\n\nTwo may be used' });
  await addPackage(root, 'not-bundled', { LICENSE: 'unasked' });
  const inputs = [
    'src/main.ts',
    'node_modules/@scope/one/a.js',
    'node_modules/@scope/one/b.js',
    'node_modules/two/c.js',
  ];
  const notices = await thirdPartyNotices(root, inputs, 'some-node');
  expect(notices.match(/may be used/g)).toHaveLength(3);
  expect(notices).toContain('@scope/one 1.2.3 (MIT)');
  expect(notices).not.toContain('unasked');
});

it('fails for a package without a notice', async () => {
  const root = await temporaryFolder();
  await addPackage(root, 'some-node', { LICENSE: 'Node may be used' });
  await addPackage(root, 'bare', {});
  await expect(thirdPartyNotices(root, ['node_modules/bare/a.js'], 'some-node')).rejects.toThrow('bare');
});
