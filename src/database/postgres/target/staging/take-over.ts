import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { TargetOptions } from '../../../engine.ts';
import type { ConnectionConfig } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import type { Session } from '../../connection/session.ts';
import type { StagedRecord } from '../load-record.ts';
import { digestOf, findStrangersSince, type Inventory } from './inventory.ts';
import { removeOld } from './old-database.ts';
import type { PreparedStaging } from './prepare.ts';
import { differenceOf, readProperties } from './properties.ts';
import { connectBeside, takeLock } from './side-databases.ts';
import { swapIn } from './swap.ts';

export interface TakeOverOptions extends Pick<TargetOptions, 'reporter' | 'signal'> {
  readonly config: ConnectionConfig;
  readonly record: StagedRecord;
  /** How long to wait in the end for others to leave the target. */
  readonly patienceSeconds: number;
  /** Of the target, before the look at what it holds. */
  readonly inventory: Inventory;
  /** Whether there is still nothing in the target, seen from a session in it; always true where it is replaced. */
  readonly isStillEmpty: (session: Session) => Promise<boolean>;
}

/** The end of a load: the database beside the target takes its place, and what was there goes. */
export class TakeOver {
  readonly #staging: PreparedStaging;
  readonly #options: TakeOverOptions;
  /** The session that swaps: in neither of the databases. */
  #between: Session | undefined;
  #isDone = false;

  constructor(staging: PreparedStaging, options: TakeOverOptions) {
    this.#staging = staging;
    this.#options = options;
  }

  /** Whether the new is in place, and there is no way back. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Swaps the databases, once `leave` has ended all sessions in the new one.
   * @throws OutcomeUnknown when what became of it cannot be found out; any other error: nothing was changed
   */
  async run(leave: () => Promise<void>): Promise<void> {
    const { config, signal, record, patienceSeconds, inventory } = this.#options;
    const { side, keeper } = this.#staging;
    await this.#refuseStrangers();
    const between = await connectBeside(config, keeper.host, signal);
    this.#between = between;
    await takeLock(between, side.token);
    await leave();
    await keeper.close();
    const place = { ...config, database: between.address.database };
    const digest = digestOf(inventory);
    const { database: target } = record;
    await swapIn(between, { target, side, record, digest, config: place, signal, patienceSeconds });
    this.#isDone = true;
  }

  /** Makes sure that nothing is lost with the target. */
  async #refuseStrangers(): Promise<void> {
    const { config, signal, record, inventory, isStillEmpty } = this.#options;
    const session = await connect({ ...config, hosts: [this.#staging.keeper.host] }, signal);
    try {
      await session.readBytes(this.#staging.readsBytes);
      const strangers = await findStrangersSince(session, inventory);
      if (strangers.length > 0 || !(await isStillEmpty(session))) {
        const which = strangers.length > 0 ? `: ${strangers.map(printable).join(', ')}` : '';
        throw new HoldfastError(
          'failed',
          `Others have made objects in the database during the restore${which}.`,
          { hint: 'Stop the application that uses it, then try again. Nothing was changed.' },
        );
      }
      const properties = await readProperties(session, record.database);
      const difference = properties === null ? 'name' : differenceOf(this.#staging.properties, properties);
      if (difference !== null) {
        throw new HoldfastError(
          'failed',
          `Others have changed the database's ${difference} during the restore.`,
          { hint: 'Try again. Nothing was changed.' },
        );
      }
    } finally {
      await session.close();
    }
  }

  /** Removes what was there before. */
  async clean(): Promise<void> {
    if (!this.#isDone || !this.#between) return;
    const { config, signal } = this.#options;
    // The answer to the commit may have been the last that came through it.
    if (this.#between.isLost) this.#between = await connectBeside(config, this.#between.host, signal);
    await removeOld(this.#between, this.#staging.side.old, config, this.#options);
    await this.#between.close();
  }

  async close(): Promise<void> {
    await this.#between?.close();
  }
}
