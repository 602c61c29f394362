/** The stages of a command, in the words that the terminal and `--json` use. */
export type Phase =
  | 'spool'
  | 'connect'
  | 'rows'
  | 'files'
  | 'finish'
  | 'preflight'
  | 'verify'
  | 'compare'
  | 'stage'
  | 'load'
  | 'swap'
  | 'commit'
  | 'remove'
  | 'recover'
  | 'decrypt';

/**
 * How workflows, engines and storages tell what happens. Only `src/cli` knows a terminal.
 * No text handed to a reporter may hold a secret.
 */
export interface Reporter {
  /** A new phase begins. `totalBytes` is the amount of work expected, where it is known. */
  phase(phase: Phase, title: string, totalBytes?: number): void;
  /** `bytes` more of the current phase's work are done; `item` is what is being worked on. */
  progress(bytes: number, item?: string): void;
  /** Something the user should know although the work goes on. */
  warning(message: string): void;
  /** A line for `--verbose`. */
  detail(message: string): void;
}
