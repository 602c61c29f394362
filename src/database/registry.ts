import { HoldfastError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { Engine } from './engine.ts';

/** An engine as far as it is known without loading its code, and its drivers with it. */
interface Registration {
  readonly name: string;
  readonly schemes: readonly string[];
  load(): Promise<Engine>;
}

const engines: readonly Registration[] = [
  {
    name: 'postgres',
    schemes: ['postgres', 'postgresql'],
    load: async () => (await import('./postgres/postgres.ts')).postgres,
  },
  {
    name: 'mysql',
    schemes: ['mysql', 'mariadb'],
    load: async () => (await import('./mysql/mysql.ts')).mysql,
  },
  {
    name: 'sqlite',
    schemes: ['sqlite'],
    load: async () => (await import('./sqlite/sqlite.ts')).sqlite,
  },
];

/** The URL schemes that select an engine, without colon. */
export const databaseSchemes: readonly string[] = engines.flatMap((engine) => engine.schemes);

/** The engine for a database's URL. @throws HoldfastError `usage` for an unknown scheme */
export async function engineForUrl(url: string): Promise<Engine> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  const engine = engines.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme));
  if (engine) return engine.load();
  const message =
    scheme === undefined
      ? `Not a database URL: ${redactUrl(url)}`
      : `Unknown kind of database: ${scheme} (in ${redactUrl(url)})`;
  throw new HoldfastError('usage', message, {
    hint: `A database URL begins with ${databaseSchemes.map((known) => `${known}:`).join(', ')}.`,
  });
}

/** The engine that a manifest names. @throws HoldfastError `failed` for one that this version does not have */
export async function engineByName(name: string): Promise<Engine> {
  const engine = engines.find((known) => known.name === name);
  if (engine) return engine.load();
  throw new HoldfastError('failed', `The archive holds a database of an unknown kind: ${name}`, {
    hint: 'A newer version of Holdfast may know it.',
  });
}
