import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { TargetOptions } from '../../../engine.ts';
import type { ConnectionConfig } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import {
  createLike,
  type DatabaseProperties,
  differenceOf,
  propertyStatements,
  readProperties,
  withoutContents,
} from './properties.ts';
import {
  connectBeside,
  dropSideDatabase,
  findSideDatabases,
  isOn,
  letWrite,
  newSideDatabases,
  type SideDatabases,
  takeLock,
} from './side-databases.ts';
import { trySwap } from './swap.ts';

const cleaningMilliseconds = 30_000;

export interface PrepareOptions extends Pick<TargetOptions, 'jobs' | 'replace' | 'noPrivileges' | 'signal'> {
  readonly config: ConnectionConfig;
  readonly target: string;
}

/** A database beside the target that is ready to be loaded, and can take the target's place. */
export interface PreparedStaging {
  readonly side: SideDatabases;
  readonly oid: string;
  /** Those of the target, which has to have the same when its place is taken. */
  readonly properties: DatabaseProperties;
  /** Whether these were read as bytes: the comment may hold what UTF-8 does not have. */
  readonly readsBytes: boolean;
  /** Holds the lock that says that this process lives, and does nothing else. */
  readonly keeper: Session;
  readonly workers: readonly Session[];
}

/** How the server may refuse what a load beside the target needs; anything else is a failure of its own. */
function obstacleOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) throw signal.reason;
  if (isServerError(error)) return serverMessage(error);
  if (error instanceof HoldfastError) return error.message;
  throw error;
}

/**
 * Makes a database with the target's properties beside it, and makes sure that it can take the target's place. Closes the target's session
 * meanwhile: nobody may be connected. Where it does not work, nothing is left, and a clause says why.
 */
export async function prepareStaging(
  session: Session,
  options: PrepareOptions,
): Promise<PreparedStaging | string> {
  const { config, signal, target } = options;
  const { host, readsBytes } = session;
  const side = newSideDatabases(target);
  const opened: Session[] = [];
  const open = async (database: string): Promise<Session> => {
    const made = await connect({ ...config, hosts: [host], database }, signal);
    opened.push(made);
    return made;
  };
  try {
    await takeLock(await letWrite(session), side.token);
    const { oid, properties } = await makeDatabase(session, side, options);
    const between = await connectBeside(config, host, signal);
    opened.push(between);
    await takeLock(between, side.token);
    await session.close();
    await trySwap(between, { target, side });
    const keeper = await open(side.fresh);
    await takeLock(keeper, side.token);
    await between.close();
    const workers: Session[] = [];
    for (let count = 0; count < options.jobs; count += 1) workers.push(await open(side.fresh));
    return { side, oid, properties, readsBytes, keeper, workers };
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    const cleaner = await connect({ ...config, hosts: [host] }, AbortSignal.timeout(cleaningMilliseconds));
    try {
      await dropSideDatabase(cleaner, side.fresh);
    } finally {
      await cleaner.close();
    }
    return obstacleOf(error, signal);
  }
}

async function makeDatabase(
  session: Session,
  side: SideDatabases,
  { target, replace, noPrivileges }: PrepareOptions,
): Promise<Pick<PreparedStaging, 'oid' | 'properties'>> {
  const properties = await readProperties(session, target);
  if (properties === null) throw new HoldfastError('failed', 'the database has another name now');
  await session.run(createLike(side.fresh, replace ? 'template0' : { copyOf: target }, properties));
  const initial = await readProperties(session, side.fresh);
  if (initial === null) throw new HoldfastError('failed', 'another database was made');
  const wanted = replace ? withoutContents(properties, initial, { noPrivileges }) : properties;
  for (const sql of propertyStatements(side.fresh, wanted, initial)) await session.query(sql);
  const made = await readProperties(session, side.fresh);
  const difference = made === null ? 'name' : differenceOf(wanted, made);
  if (difference !== null) {
    throw new HoldfastError('failed', `another database would not have its ${difference}`);
  }
  const [row] = await session.query('SELECT oid FROM pg_catalog.pg_database WHERE datname = $1', [
    side.fresh,
  ]);
  return { oid: row?.['oid'] ?? '', properties };
}

/** Whether another load into the target is on. */
export async function isOtherLoadOn(session: Session, target: string): Promise<boolean> {
  for (const { token, kind } of await findSideDatabases(session, target)) {
    if (kind === 'new' && (await isOn(session, token))) return true;
  }
  return false;
}

export function otherLoadFailure(target: string): HoldfastError {
  return new HoldfastError('failed', `There is another restore into the database ${printable(target)}.`, {
    hint: 'Wait for its end. Nothing was changed.',
  });
}
