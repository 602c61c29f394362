import type { Problem } from '../../../core/problem.ts';
import { collationOptions } from '../catalog/sql/collation-options.ts';
import { quoteLiteral } from '../catalog/sql/identifiers.ts';
import { type ServerError, serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList, plural } from '../../../core/name-lists.ts';

/** The code of what the role may not do at all, which is told elsewhere. */
const forbidden = '42501';
const missingFile = '58P01';

/** Collations and functions in machine code of the archive's that the server lacks what is behind. */
export async function trialProblems(context: PreflightContext): Promise<Problem[]> {
  return [...(await unmadeCollations(context)), ...(await unmadeFunctions(context))];
}

async function unmadeCollations(context: PreflightContext): Promise<Problem[]> {
  const collations = context.archived.requires?.demands?.collations ?? [];
  const trials = collations.map(
    (one) => [one.name, `CREATE COLLATION pg_temp.holdfast_attempt (${collationOptions(one)})`] as const,
  );
  const errors = await attemptAllowed(context, new Map(trials));
  if (errors.size === 0) return [];
  const names = [...errors].map(([name, error]) => `${name} (${serverMessage(error)})`);
  return [
    {
      message: `the target server cannot make the ${plural(names, 'collation')} ${nameList(names)}`,
      hint:
        'install the locales on the database server, or use a server with their provider (ICU, or version 17 for ' +
        'builtin locales, 16 for rules); or replace the collations at the source and back up again',
    },
  ];
}

async function unmadeFunctions(context: PreflightContext): Promise<Problem[]> {
  const functions = context.archived.requires?.demands?.nativeFunctions ?? [];
  const trials = functions.map(({ library, symbol }) => {
    const code = library === null ? [symbol] : [library, symbol];
    return [
      [library ?? '', symbol].join('\n'),
      `CREATE FUNCTION pg_temp.holdfast_attempt() RETURNS void
        LANGUAGE ${library === null ? 'internal' : 'c'} AS ${code.map(quoteLiteral).join(', ')}`,
    ] as const;
  });
  const errors = await attemptAllowed(context, new Map(trials));
  const isMissing = ({ library, symbol }: (typeof functions)[number]) =>
    errors.get([library ?? '', symbol].join('\n'))?.code === missingFile;
  const libraries = [...new Set(functions.filter(isMissing).map(({ library }) => library ?? ''))];
  const others = [...errors.values()].filter(({ code }) => code !== missingFile).map(serverMessage);
  const problems: Problem[] = [];
  if (libraries.length > 0) {
    problems.push({
      message: `the target server lacks the ${libraries.length === 1 ? 'library' : 'libraries'} ${nameList(libraries)}, which functions in C are in`,
      hint: 'install the packages that bring them on the database server',
    });
  }
  if (others.length > 0) {
    problems.push({
      message: `the target server cannot make functions in machine code: ${nameList([...new Set(others)])}`,
      hint:
        'install on the database server the versions of the libraries that the archive was made with, or drop the ' +
        'functions at the source and back up again',
    });
  }
  return problems;
}

async function attemptAllowed(
  context: PreflightContext,
  trials: ReadonlyMap<string, string>,
): Promise<Map<string, ServerError>> {
  const errors = await attempt(context, trials);
  return new Map([...errors].filter(([, { code }]) => code !== forbidden));
}
