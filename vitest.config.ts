import { join } from 'node:path';
import process from 'node:process';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// vitest keeps a token there: not in the home folder of who runs the tests.
process.env['XDG_DATA_HOME'] = join(import.meta.dirname, 'node_modules', '.cache');

/** Files that take a minute or so: one of them at the end would keep one worker waiting. */
const LONG = [
  'database/postgres/fidelity',
  'cli/kill',
  'cli/kill-s3',
  'database/postgres/versions',
  'database/postgres/preflight-statements',
  'database/postgres/reader',
  'database/postgres/replace',
  'database/postgres/preflight-role',
  'cli/encodings',
  'database/mysql/source/snapshot',
  'database/mysql/target/kill',
].map((name) => join(import.meta.dirname, 'test', `${name}.test.ts`));

/** As vitest orders them, by the time they took or by their size, but for those. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- super is no array
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.includes(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Tests change the working directory, umask and user of servers: each file gets a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['test/support/own-state.ts'],
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
