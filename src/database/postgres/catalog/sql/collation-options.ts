import { quoteLiteral } from './identifiers.ts';

/** What a collation is made from. */
export interface CollationParts {
  readonly provider: string;
  readonly deterministic: string;
  /** For libc; older servers have ICU's locale here. */
  readonly collate: string | null;
  readonly ctype: string | null;
  /** For the other providers. */
  readonly locale: string | null;
  readonly rules: string | null;
}

const PROVIDERS: Readonly<Record<string, string>> = { b: 'builtin', c: 'libc', i: 'icu' };

/** The columns of `CollationParts`, from a row `alias` of pg_collation on any server. */
export function collationParts(alias: string): string {
  const optional = (column: string) => `pg_catalog.to_jsonb(${alias}) ->> '${column}'`;
  return `${alias}.collprovider AS provider, ${alias}.collisdeterministic AS deterministic,
        ${alias}.collcollate AS "collate", ${alias}.collctype AS ctype,
        coalesce(${optional('colllocale')}, ${optional('colliculocale')}) AS locale, ${optional('collicurules')} AS rules`;
}

/** The options of CREATE COLLATION. */
export function collationOptions(parts: CollationParts): string {
  const { provider, deterministic, collate, ctype, rules } = parts;
  const locale = provider === 'c' && collate !== ctype ? null : (parts.locale ?? collate);
  const options = [
    ['PROVIDER', PROVIDERS[provider] ?? quoteLiteral(provider)],
    ...(locale === null
      ? [
          ['LC_COLLATE', quoteLiteral(collate ?? '')],
          ['LC_CTYPE', quoteLiteral(ctype ?? '')],
        ]
      : [['LOCALE', quoteLiteral(locale)]]),
    ...(deterministic === 'f' ? [['DETERMINISTIC', 'false']] : []),
    ...(rules === null ? [] : [['RULES', quoteLiteral(rules)]]),
  ];
  return options.map(([name, value]) => `${name} = ${value}`).join(', ');
}
