import type { SourceOptions, TargetOptions } from '../../src/database/engine.ts';
import { recordingReporter } from './recording-reporter.ts';

/** How a database is opened for a backup of all of it, but for `changes`. */
export function sourceOptions(url: string, changes: Partial<SourceOptions> = {}): SourceOptions {
  return {
    url,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    jobs: 1,
    excludeTable: () => false,
    excludeRows: () => false,
    ...changes,
  };
}

/** How an empty database is opened for a restore, but for `changes`. */
export function targetOptions(url: string, changes: Partial<TargetOptions> = {}): TargetOptions {
  return {
    url,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    noOwner: false,
    noPrivileges: false,
    definer: null,
    jobs: 2,
    replace: false,
    ...changes,
  };
}
