import { quoteIdentifier, quoteLiteral } from './identifiers.ts';

/** The clause ` WITH (name='value', …)` for stored options (`name=value` each), or nothing when there are none. */
export function withClause(options: readonly string[]): string {
  if (options.length === 0) return '';
  const assignments = options.map((option) => {
    const equals = option.indexOf('=');
    const name = option.slice(0, equals).split('.').map(quoteIdentifier).join('.');
    return `${name}=${quoteLiteral(option.slice(equals + 1))}`;
  });
  return ` WITH (${assignments.join(', ')})`;
}
