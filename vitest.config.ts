import { join } from 'node:path';
import process from 'node:process';
import { defineConfig } from 'vitest/config';

// vitest keeps a token there: not in the home folder of who runs the tests.
process.env['XDG_DATA_HOME'] = join(import.meta.dirname, 'node_modules', '.cache');
// And holdfast its pointers to journals.
process.env['XDG_STATE_HOME'] = join(import.meta.dirname, 'node_modules', '.cache', 'state');

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Tests change the working directory, umask and user of servers: each file gets a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
