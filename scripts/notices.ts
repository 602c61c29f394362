import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licence notices that must go along with an executable: those of Node and of each package that a file of
 * `inputs` comes from.
 *
 * @param inputs the files that were bundled, relative to `root`
 * @param nodePackage the npm package that ships Node
 */
export async function thirdPartyNotices(
  root: string,
  inputs: readonly string[],
  nodePackage: string,
): Promise<string> {
  const folders = inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  const packages = new Set(folders.filter((folder) => folder !== undefined));
  const notices = await Promise.all(
    [`node_modules/${nodePackage}`, ...[...packages].toSorted()].map((folder) => notice(join(root, folder))),
  );
  return `Holdfast holds Node and these packages, each with its own licence.\n\n${[...new Set(notices)].join('\n')}`;
}

/** Name, version, licence and notice of the package in `folder`. Throws when it comes without a notice. */
async function notice(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license: string;
  };
  const title = `${name} ${version} (${license})`;
  return `${'='.repeat(78)}\n${title}\n${'='.repeat(78)}\n\n${(await licenceText(folder)).trim()}\n`;
}

async function licenceText(folder: string): Promise<string> {
  const own = await ownLicenceText(folder);
  if (own !== null) return own;
  const lender = LENDERS.find(([path]) => folder.includes(path));
  const lent =
    lender === undefined
      ? null
      : await ownLicenceText(folder.replace(new RegExp(`${lender[0]}.*`), lender[1]));
  if (lent === null) throw new Error(`${folder} comes without a licence notice`);
  return lent;
}

/** Packages that come without the notice of the project that they are parts of, and a part that has it. */
const LENDERS = [['node_modules/@aws-sdk/', 'node_modules/@aws-sdk/client-s3']] as const;

async function ownLicenceText(folder: string): Promise<string | null> {
  const names = await readdir(folder);
  const licence = names.find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (licence !== undefined) return readFile(join(folder, licence), 'utf8');
  // Some packages have theirs at the end of the README alone.
  const readme = names.find((name) => /^readme/i.test(name));
  const text = readme === undefined ? '' : await readFile(join(folder, readme), 'utf8');
  const section = /^#+ *licen[cs]e\s*$/im.exec(text);
  if (section === null) return null;
  return text.slice(section.index + section[0].length);
}
