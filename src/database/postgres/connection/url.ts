import { UrlReader } from '../../../core/url-reader.ts';

/**
 * Takes a connection URI apart as libpq does (PostgreSQL documentation, 34.1.1.2 "Connection URIs"):
 * `postgresql://[user[:password]@][host[:port][,…]][/dbname][?name=value[&…]]`, each part percent-encoded.
 * Returns the parameters by libpq's names; those in the query win. An empty part counts as not given.
 * @throws HoldfastError `usage` for text that is no such URI
 */
export function parseConnectionUrl(url: string): Map<string, string> {
  const reader = new UrlReader(url, 'PostgreSQL', 'postgres://user:password@host:5432/database');
  const scheme = /^postgres(ql)?:\/\//.exec(url);
  if (!scheme) throw reader.bad('it does not begin with postgres:// or postgresql://');
  const parameters = new Map<string, string>();
  const set = (name: string, value: string): void => {
    if (value !== '') parameters.set(name, value);
  };
  let rest = url.slice(scheme[0].length);

  const login = /^([^@/]*)@/.exec(rest);
  if (login) {
    const [user = '', ...password] = login[1]!.split(':');
    set('user', reader.decode(user));
    set('password', reader.decode(password.join(':')));
    rest = rest.slice(login[0].length);
  }

  const { place, path, query } = reader.split(rest);
  const pairs = place.split(',').map((host) => reader.splitPort(host));
  if (pairs.some(([host]) => host !== '')) {
    parameters.set('host', pairs.map(([host]) => reader.decode(host)).join(','));
  }
  if (pairs.some(([, port]) => port !== '')) set('port', pairs.map(([, port]) => port).join(','));
  set('dbname', reader.decode(path));
  for (const [name, value] of reader.parameters(query)) set(name, value);
  return parameters;
}
