import { HoldfastError } from '../../../core/errors.ts';

/** Parameters of libpq (PostgreSQL documentation, 34.1.2) that are understood, with the environment variable of each. */
const variables = {
  host: 'PGHOST',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
  fallback_application_name: null,
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: null,
  sslcrl: 'PGSSLCRL',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  keepalives: null,
  keepalives_idle: null,
} as const;

/** The name of a parameter that is understood. */
export type ParameterName = keyof typeof variables;

export const parameterNames = Object.keys(variables) as readonly ParameterName[];

/** Looks up a parameter: the URL's value, else the environment's. */
export type Parameters = (name: ParameterName) => string | undefined;

/** Parameters that change nothing here: rows and catalogs come in an encoding of our own choice, and GSS is never tried. */
const harmless: Readonly<Record<string, readonly string[] | 'any'>> = {
  client_encoding: 'any',
  gssencmode: ['disable', 'prefer'],
  sslcompression: 'any',
  sslsni: ['1'],
  load_balance_hosts: ['disable'],
};

/** Variables that libpq obeys and this cannot: better a word than a connection to somewhere else. */
const ignoredVariables = ['PGSERVICE', 'PGHOSTADDR', 'PGREQUIREAUTH', 'PGREQUIREPEER', 'PGSSLCRLDIR'];

/**
 * Checks the names of a URL's parameters and joins them with the environment.
 * @throws HoldfastError `usage` naming a parameter that is not understood
 */
export function resolveParameters(
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Parameters {
  const known = new Map(given);
  // libpq takes JDBC's ssl=true for sslmode=require.
  if (known.get('ssl') === 'true') {
    known.delete('ssl');
    if (!known.has('sslmode')) known.set('sslmode', 'require');
  }
  for (const [name, value] of known) {
    if (Object.hasOwn(variables, name)) continue;
    const accepted = Object.hasOwn(harmless, name) ? harmless[name] : undefined;
    if (accepted === 'any' || accepted?.includes(value)) continue;
    // With an @ behind it, what looks like a parameter's name may be of a password with a question mark in it.
    const shown = [...known.values()].some((other) => other.includes('@')) ? 'its name is not shown' : name;
    throw new HoldfastError('usage', `The database URL has a parameter that is not supported: ${shown}.`, {
      hint: `Remove it from the URL. Supported are: ${parameterNames.join(', ')}. A ? or & in a password must be percent-encoded.`,
    });
  }
  for (const name of ignoredVariables) {
    if (env[name]) warn(`The environment variable ${name} is not supported and has no effect.`);
  }
  return (name) => {
    const variable = variables[name];
    return known.get(name) ?? (variable === null ? undefined : env[variable] || undefined);
  };
}
