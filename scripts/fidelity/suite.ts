import type { Found } from '../../test/support/tools.ts';
import type { SuiteServer } from './server.ts';

/** One source of databases. */
export interface Suite {
  readonly name: string;
  /** What its databases hold, for the page. */
  readonly title: string;
  /** Whether it fills the database `postgres` too, which every server has. */
  readonly fillsPostgres: boolean;
  /** Fills databases of a new server; the value says what happened, for the log. */
  fill(server: SuiteServer): Promise<Found<string>>;
}
