import { HoldfastError } from '../../../core/errors.ts';
import { redactUrl } from '../../../core/redact.ts';

/**
 * Takes a connection URI apart as libpq does (PostgreSQL documentation, 34.1.1.2 "Connection URIs"):
 * `postgresql://[user[:password]@][host[:port][,…]][/dbname][?name=value[&…]]`, each part percent-encoded.
 * Returns the parameters by libpq's names; those in the query win. An empty part counts as not given.
 * @throws HoldfastError `usage` for text that is no such URI
 */
export function parseConnectionUrl(url: string): Map<string, string> {
  const scheme = /^postgres(ql)?:\/\//.exec(url);
  if (!scheme) throw badUrl(url, 'it does not begin with postgres:// or postgresql://');
  const parameters = new Map<string, string>();
  const set = (name: string, encoded: string): void => {
    const value = decode(url, encoded);
    if (value !== '') parameters.set(name, value);
  };
  let rest = url.slice(scheme[0].length);

  const login = /^([^@/]*)@/.exec(rest);
  if (login) {
    const [user = '', ...password] = login[1]!.split(':');
    set('user', user);
    set('password', password.join(':'));
    rest = rest.slice(login[0].length);
  }

  const [, hosts = '', path, query] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest)!;
  // What follows may be half of a password with an unencoded character: it must not get into messages as a host or a name.
  if (`${hosts}${path ?? ''}`.includes('@'))
    throw badUrl(url, 'it holds an @ in a place where it must be written %40');
  const pairs = hosts.split(',').map((host) => splitPort(url, host));
  if (pairs.some(([host]) => host !== '')) {
    parameters.set('host', pairs.map(([host]) => decode(url, host)).join(','));
  }
  if (pairs.some(([, port]) => port !== '')) set('port', pairs.map(([, port]) => port).join(','));
  set('dbname', path ?? '');

  for (const pair of query?.split('&') ?? []) {
    const [, name, value] = /^([^=]+)=([^=]*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw badUrl(url, 'after the question mark it needs name=value pairs joined by &');
    }
    set(decode(url, name), value);
  }
  return parameters;
}

function splitPort(url: string, text: string): [host: string, port: string] {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (!match) throw badUrl(url, 'it needs host:port with a number as port; an IPv6 address needs brackets');
  return [match[1] ?? match[2] ?? '', match[3] ?? ''];
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
  return new HoldfastError('usage', `Not a valid PostgreSQL URL: ${redactUrl(url)}: ${why}.`, {
    hint:
      'A URL looks like postgres://user:password@host:5432/database. ' +
      'Characters such as @ : / ? # % and spaces in a password must be percent-encoded.',
  });
}
