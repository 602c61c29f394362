import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier, quoteLiteral } from '../catalog/sql/identifiers.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList, plural } from '../../../core/name-lists.ts';

/** What the server's modules and files bring: providers of security labels, files of text search dictionaries. */
export async function moduleProblems(context: PreflightContext): Promise<Problem[]> {
  return [...(await missingProviders(context)), ...(await unmadeDictionaries(context))];
}

/** What the server says of a provider that none of its modules is. */
const notLoaded = '22023';

async function missingProviders(context: PreflightContext): Promise<Problem[]> {
  const providers = context.archived.requires?.demands?.securityLabelProviders ?? [];
  // The server looks for the provider first, so whose the schema is does not matter.
  const trial = (name: string): string =>
    `SECURITY LABEL FOR ${quoteIdentifier(name)} ON SCHEMA pg_catalog IS NULL`;
  const errors = await attempt(context, new Map(providers.map((name) => [name, trial(name)])));
  const missing = providers
    .filter((name) => errors.get(name)?.code === notLoaded)
    .map((name) => quoteIdentifier(name));
  if (missing.length === 0) return [];
  return [
    {
      message: `the target server has not loaded the ${plural(missing, 'provider')} of security labels ${nameList(missing)}`,
      hint:
        'install the module that brings it and load it (shared_preload_libraries), or take the labels away at the ' +
        'source (SECURITY LABEL … IS NULL) and back up again',
    },
  ];
}

/** Where a dictionary takes a number it takes no text, and where it takes a text a number will do. */
function literal(value: string): string {
  return /^(?:0|[1-9]\d*)$/.test(value) ? value : quoteLiteral(value);
}

/** Tried, for what a dictionary reads are files of the server. */
async function unmadeDictionaries(context: PreflightContext): Promise<Problem[]> {
  const dictionaries = context.archived.requires?.demands?.dictionaries ?? [];
  const trials = dictionaries.map(({ name, template, options }) => {
    const settings = [
      `TEMPLATE = pg_catalog.${quoteIdentifier(template)}`,
      ...options.map(({ name: option, value }) => `${quoteIdentifier(option)} = ${literal(value)}`),
    ];
    return [name, `CREATE TEXT SEARCH DICTIONARY pg_temp.holdfast_attempt (${settings.join(', ')})`] as const;
  });
  const errors = await attempt(context, new Map(trials));
  // What the dictionary names of the archive's own is not there yet.
  const failed = dictionaries.filter(({ name }) => errors.get(name)?.code === 'F0000');
  if (failed.length === 0) return [];
  return [
    {
      message: `the target server cannot make the text search ${failed.length === 1 ? 'dictionary' : 'dictionaries'} ${nameList(
        failed.map(({ name }) => `${name} (${serverMessage(errors.get(name))})`),
      )}`,
      hint: "copy the files that they read into the target server's folder tsearch_data (pg_config --sharedir tells where it is)",
    },
  ];
}
