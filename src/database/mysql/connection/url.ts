import { HoldfastError } from '../../../core/errors.ts';
import { redactUrl } from '../../../core/redact.ts';

/** What stands in a URL, decoded. A part that is empty counts as not given. */
export interface UrlParts {
  readonly scheme: 'mysql' | 'mariadb';
  readonly user: string | undefined;
  /** Given, but perhaps empty: no password at all, whatever the environment says. */
  readonly password: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly database: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Takes a URL apart: `mysql://[user[:password]@][host[:port]]/database[?name=value[&…]]`, also with `mariadb://`; each part
 * percent-encoded.
 * @throws HoldfastError `usage` for text that is no such URL
 */
export function parseConnectionUrl(url: string): UrlParts {
  const scheme = /^(mysql|mariadb):\/\//.exec(url);
  if (!scheme) throw badUrl(url, 'it does not begin with mysql:// or mariadb://');
  let rest = url.slice(scheme[0].length);
  const login = /^([^@/?]*)@/.exec(rest);
  if (login) rest = rest.slice(login[0].length);
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(login?.[1] ?? '')!;

  const [, place = '', path, query] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest)!;
  // What follows may be half of a password with an unencoded character: it must not get into messages as a host or a name.
  if (`${place}${path ?? ''}`.includes('@'))
    throw badUrl(url, 'it holds an @ in a place where it must be written %40');
  if (place.includes(',')) throw badUrl(url, 'it names several hosts, and only one can be connected to');
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(place);
  if (!match) throw badUrl(url, 'it needs host:port with a number as port; an IPv6 address needs brackets');
  if (path?.includes('/')) throw badUrl(url, 'a slash in the name of the database must be written %2F');

  const parameters = new Map<string, string>();
  for (const pair of query ? query.split('&') : []) {
    const [, name, value] = /^([^=]+)=([^=]*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw badUrl(url, 'after the question mark it needs name=value pairs joined by &');
    parameters.set(decode(url, name), decode(url, value));
  }
  const part = (encoded: string | undefined): string | undefined => decode(url, encoded ?? '') || undefined;
  return {
    scheme: scheme[1] as UrlParts['scheme'],
    user: part(user),
    password: password === undefined ? undefined : decode(url, password),
    host: part(match[1] ?? match[2]),
    port: match[3] || undefined,
    database: part(path),
    parameters,
  };
}

function decode(url: string, encoded: string): string {
  let value;
  try {
    value = decodeURIComponent(encoded);
  } catch {
    throw badUrl(
      url,
      'it holds a percent sign that begins no valid percent-encoding; a percent sign is written %25',
    );
  }
  if (value.includes('\0')) throw badUrl(url, 'it holds the forbidden character %00');
  return value;
}

function badUrl(url: string, why: string): HoldfastError {
  return new HoldfastError('usage', `Not a valid MySQL URL: ${redactUrl(url)}: ${why}.`, {
    hint:
      'A URL looks like mysql://user:password@host:3306/database. ' +
      'Characters such as @ : / ? # % and spaces in a password must be percent-encoded.',
  });
}
