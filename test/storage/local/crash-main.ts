import { upTo } from './crashing.ts';
import { restoreTo, type Ending } from './restore-steps.ts';

/** What the tests of recovery run in a process of its own, which kills itself at its n-th change of the file system. */
const [n = '', location = '', journal = '', ending = ''] = process.argv.slice(2);
await upTo(
  Number(n),
  () => process.kill(process.pid, 'SIGKILL'),
  () => restoreTo(location, journal, ending as Ending),
);
