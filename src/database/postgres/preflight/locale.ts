import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier, quoteLiteral } from '../catalog/sql/identifiers.ts';
import type { PostgresFacts } from '../facts.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/** Another encoding than the archive's, another locale; where nothing fails but texts sort in another way, a warning. */
export async function localeProblems(context: PreflightContext): Promise<Problem[]> {
  const encoding = await encodingIsUnfit(context);
  const locale = isOtherLocale(context);
  if (!encoding && !locale) {
    warnOfRows(context);
    warnOfVersions(context);
    return [];
  }
  const { target, archived, options } = context;
  const anew = await makeAnew(context);
  const since = firstVersion(archived);
  const remedy = context.version >= since ? anew : `restore into PostgreSQL ${since} or newer`;
  const problems: Problem[] = [];
  if (encoding) {
    const bytes = isBytes(archived) ? ', and its names or texts are no UTF-8' : '';
    problems.push({
      message: `the target database's encoding is ${target.encoding}, the archive's is ${archived.encoding}${bytes}`,
      hint: anew,
    });
  } else {
    warnOfRows(context);
  }
  if (locale) {
    const message = `the target database's locale is ${describe(target)}, the archive's is ${describe(archived)}`;
    const bound = archived.requires?.demands?.localeBound ?? [];
    if (bound.length > 0) {
      problems.push({ message: `${message}: the ranges of ${nameList(bound)} depend on it`, hint: remedy });
    } else if (!encoding) {
      options.reporter.warning(
        `T${message.slice(1)}: texts may sort and compare in another way. To have the same, ${remedy}.`,
      );
    }
  }
  return problems;
}

/**
 * UTF8 holds every text of the other encodings, where the server has a conversion. Of SQL_ASCII nobody knows what its
 * bytes mean, but what can be read as UTF-8 may well be it.
 */
async function encodingIsUnfit({ session, target, archived }: PreflightContext): Promise<boolean> {
  if (target.encoding === archived.encoding) return false;
  if (target.encoding !== 'UTF8' || isBytes(archived)) return true;
  if (archived.encoding === 'SQL_ASCII') return false;
  const rows = await session.query(
    `SELECT FROM pg_catalog.pg_conversion WHERE condefault
      AND conforencoding = pg_catalog.pg_char_to_encoding($1) AND contoencoding = pg_catalog.pg_char_to_encoding('UTF8')`,
    [archived.encoding],
  );
  return rows.length === 0;
}

function isBytes({ textEncoding = 'UTF8' }: PostgresFacts): boolean {
  return textEncoding !== 'UTF8';
}

/** Whether rows are in the target's encoding only the server tells, when it gets them. */
function warnOfRows({ target, archived, options }: PreflightContext): void {
  if (archived.encoding !== 'SQL_ASCII' || target.encoding === archived.encoding) return;
  options.reporter.warning(
    `The archive's encoding is SQL_ASCII, in which rows may hold anything. The target database takes ${target.encoding} ` +
      'only: a row that holds something else will fail the restore, and all stays as it was.',
  );
}

function isOtherLocale({ target, archived }: PreflightContext): boolean {
  const essence = (facts: PostgresFacts): string => {
    const { collate, ctype, locale, localeProvider } = facts;
    if (localeProvider === 'builtin' && locale === 'C') return 'C C';
    if (localeProvider === 'libc') return `${normalized(collate)} ${normalized(ctype)}`;
    return `${localeProvider} ${locale} ${facts.icuRules ?? ''}`;
  };
  return essence(target) !== essence(archived);
}

/** Systems spell one locale en_US.UTF-8 and en_US.utf8; POSIX is another name for C. */
function normalized(locale: string): string {
  if (locale === 'POSIX') return 'C';
  return locale.replace(/\.[^@]+/, (codeset) => codeset.toLowerCase().replaceAll('-', ''));
}

function describe({ localeProvider, locale, collate, ctype }: PostgresFacts): string {
  if (locale !== null) return `${localeProvider} ${locale}`;
  return `${localeProvider} ${collate}${ctype === collate ? '' : `, ctype ${ctype}`}`;
}

/** The first version in which a database can have the archive's locale. */
function firstVersion({ localeProvider, locale, icuRules }: PostgresFacts): number {
  if (localeProvider === 'builtin') return locale === 'PG_UNICODE_FAST' ? 18 : 17;
  if (localeProvider === 'icu') return icuRules ? 16 : 15;
  return 0;
}

/** The archive's locale as near as an older server comes to it: builtin ones sort as C does. */
async function nearestLocale(context: PreflightContext): Promise<PostgresFacts> {
  const { archived } = context;
  if (archived.localeProvider !== 'builtin') return { ...archived, localeProvider: 'libc' };
  const ctypes = archived.locale === 'C' ? [] : ['C.UTF-8', archived.ctype];
  const missing = await absentLocales(context, ctypes);
  const ctype = ctypes.find((name) => !missing.includes(name)) ?? 'C';
  return { ...archived, localeProvider: 'libc', collate: 'C', ctype };
}

/** The command for a database like the archive's, or as like as the server can have, and what it needs of the system first. */
async function makeAnew(given: PreflightContext): Promise<string> {
  const isOld = given.version < firstVersion(given.archived);
  const archived = isOld ? await nearestLocale(given) : given.archived;
  const context = { ...given, archived };
  const { collate, ctype } = archived;
  const missing = await absentLocales(context, [...new Set([collate, ctype])]);
  const isLibc = archived.localeProvider === 'libc';
  const command = createDatabase(context, (name) => (!isLibc && missing.includes(name) ? 'C' : name));
  const anew = `make the database anew with: ${command};`;
  if (!isLibc || missing.length === 0) return anew;
  return `give the server's system the locale ${missing.join(', ')} (localedef makes it) and ${anew}`;
}

/** Those of `names` that the server's C library does not know: lc_time takes the others, for one statement. */
async function absentLocales(context: PreflightContext, names: readonly string[]): Promise<string[]> {
  const trial = (name: string): string =>
    `SELECT pg_catalog.set_config('lc_time', ${quoteLiteral(name)}, true)`;
  const errors = await attempt(context, new Map(names.map((name) => [name, trial(name)])));
  return names.filter((name) => errors.has(name));
}

function createDatabase(
  { target, archived, version }: PreflightContext,
  systemLocale: (name: string) => string,
): string {
  const { localeProvider, locale, icuRules } = archived;
  const option = (name: string, value: string): string => `${name} ${quoteLiteral(value)}`;
  const options = [option('ENCODING', archived.encoding)];
  if (version >= 15) options.push(`LOCALE_PROVIDER ${localeProvider}`);
  if (localeProvider === 'icu') options.push(option('ICU_LOCALE', locale ?? ''));
  if (localeProvider === 'icu' && icuRules) options.push(option('ICU_RULES', icuRules));
  if (localeProvider === 'builtin') options.push(option('BUILTIN_LOCALE', locale ?? ''));
  options.push(option('LC_COLLATE', systemLocale(archived.collate)));
  options.push(option('LC_CTYPE', systemLocale(archived.ctype)));
  return `CREATE DATABASE ${quoteIdentifier(target.database)} TEMPLATE template0 ${options.join(' ')}`;
}

/** The same locale of another library: what it means to sort by it changes now and then. */
function warnOfVersions({ target, archived, options }: PreflightContext): void {
  const [theirs, ours] = [archived.collationVersion, target.collationVersion];
  if (!theirs || !ours || theirs === ours || target.localeProvider !== archived.localeProvider) return;
  const bound = archived.requires?.demands?.localeBound ?? [];
  options.reporter.warning(
    `The target server's locale ${describe(target)} is of version ${ours}, the archive's of ${theirs}: ` +
      'texts may sort in another way.' +
      (bound.length > 0 ? ` The ranges of ${nameList(bound)} depend on it.` : ''),
  );
}
