import type { JournalRecord } from '../../../core/journal-record.ts';
import type { DatabaseTarget } from '../../engine.ts';

/** A load that is on; its methods are those of `DatabaseTarget`. */
export type Load = Pick<DatabaseTarget, 'loads' | 'execute' | 'load' | 'commit' | 'clean' | 'rollback'> & {
  /** Waits until all that was taken up is done. */
  complete(): Promise<void>;
  record(): JournalRecord;
};
