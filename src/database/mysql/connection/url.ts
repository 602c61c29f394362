import { UrlReader } from '../../../core/url-reader.ts';

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
  const reader = new UrlReader(url, 'MySQL', 'mysql://user:password@host:3306/database');
  const scheme = /^(mysql|mariadb):\/\//.exec(url);
  if (!scheme) throw reader.bad('it does not begin with mysql:// or mariadb://');
  let rest = url.slice(scheme[0].length);
  const login = /^([^@/?]*)@/.exec(rest);
  if (login) rest = rest.slice(login[0].length);
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(login?.[1] ?? '')!;

  const { place, path, query } = reader.split(rest);
  if (place.includes(',')) throw reader.bad('it names several hosts, and only one can be connected to');
  const [host, port] = reader.splitPort(place);
  if (path.includes('/')) throw reader.bad('a slash in the name of the database must be written %2F');

  const parameters = new Map(reader.parameters(query));
  return {
    scheme: scheme[1] as UrlParts['scheme'],
    user: reader.decode(user) || undefined,
    password: password === undefined ? undefined : reader.decode(password),
    host: reader.decode(host) || undefined,
    port: port || undefined,
    database: reader.decode(path) || undefined,
    parameters,
  };
}
