import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../../../core/errors.ts';

/** An include of an include of …: what the clients allow. */
const deepestInclude = 10;

/**
 * The options of `~/.my.cnf` by name, with hyphens; null for one without a value. As the clients do it (MySQL documentation,
 * "Using Option Files"): only the given groups count, what comes later wins, a file that everybody may write is ignored with
 * a warning. The files of the whole machine (`/etc/my.cnf`), `$MYSQL_HOME` (which is the server's) and `.mylogin.cnf` are
 * not read.
 */
export async function readOptionFile(
  env: Readonly<Record<string, string | undefined>>,
  groups: readonly string[],
  warn: (message: string) => void,
): Promise<ReadonlyMap<string, string | null>> {
  const options = new Map<string, string | null>();
  await readInto(options, join(env['HOME'] || homedir(), '.my.cnf'), groups, warn, 0);
  return options;
}

async function readInto(
  options: Map<string, string | null>,
  path: string,
  groups: readonly string[],
  warn: (message: string) => void,
  depth: number,
): Promise<void> {
  if (depth > deepestInclude) return warn(`The option file ${path} is included too deep and is not used.`);
  let text;
  try {
    const status = await stat(path);
    if (!status.isFile()) return warn(`The option file ${path} is not a plain file and is not used.`);
    if (process.platform !== 'win32' && (status.mode & 0o002) !== 0)
      return warn(
        `The option file ${path} may be written by everybody and is not used: run chmod 600 ${path}`,
      );
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (depth > 0 || systemCodeOf(error) !== 'ENOENT')
      warn(`The option file ${path} cannot be read: ${messageOf(error)}`);
    return;
  }
  let counts = false;
  for (const raw of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, directive, operand] = /^!\s*(includedir|include)\s+(.*)$/.exec(line) ?? [];
    if (directive !== undefined) {
      for (const file of directive === 'include' ? [operand!] : await filesOf(operand!, warn))
        await readInto(options, file, groups, warn, depth + 1);
      continue;
    }
    const group = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (group !== undefined) counts = groups.includes(group);
    else if (counts) setOption(options, line);
  }
}

async function filesOf(folder: string, warn: (message: string) => void): Promise<string[]> {
  try {
    const suffix = process.platform === 'win32' ? /\.(cnf|ini)$/ : /\.cnf$/;
    return (await readdir(folder))
      .filter((name) => suffix.test(name))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    warn(`The folder of option files ${folder} cannot be read: ${messageOf(error)}`);
    return [];
  }
}

function setOption(options: Map<string, string | null>, line: string): void {
  const [, name, value] = /^([^=]*)(?:=(.*))?$/s.exec(withoutComment(line))!;
  const key = name!
    .trim()
    .replaceAll('_', '-')
    .replace(/^loose-/, '');
  options.set(key, value === undefined ? null : unescape(unquote(value.trim())));
}

/** Without a comment that begins in the middle of the line: a # outside of quotes. */
function withoutComment(line: string): string {
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index]!;
    if (character === '\\') index += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === '#') return line.slice(0, index).trimEnd();
  }
  return line;
}

function unquote(value: string): string {
  const [, inner] = /^(?:'(.*)'|"(.*)")$/s.exec(value)?.filter((part) => part !== undefined) ?? [];
  return inner ?? value;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  s: ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

function unescape(value: string): string {
  return value.replaceAll(/\\(.)/gs, (whole, character: string) => escapes[character] ?? whole);
}
