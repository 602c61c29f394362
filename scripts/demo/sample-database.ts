import type { Fingerprint } from './database-fingerprint.ts';

/** The database of the demo's application. */
export interface SampleDatabase {
  readonly url: string;
  /** Makes the database and the folder of uploaded files, which both do not exist yet. */
  create(uploads: string): Promise<void>;
  fingerprint(): Promise<Fingerprint>;
  /** Loses it, and says what stands in its place. */
  lose(): Promise<string>;
  /** Ends what was started for it. */
  stop(): Promise<void>;
  /** How one's own database is named. */
  readonly example: string;
  /** What of it stays when the demo is over; null for nothing. */
  readonly left: string | null;
}
