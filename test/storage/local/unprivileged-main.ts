import { messageOf } from '../../../src/core/errors.ts';
import { copy, directoryItem, bytes, fileItem, openSource, openTarget } from './local-helpers.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

/** What `asUnprivileged` runs: a verb, then the directories that it works on. */
const [verb, ...paths] = process.argv.slice(2);
const [first = '', second = ''] = paths;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const verbs: Record<string, () => Promise<void>> = {
  async list() {
    const source = await openSource(first);
    const items = source.list(({ path, reason }) => print(`problem ${path.toString()}: ${reason}`));
    for await (const item of items) print(item.path.toString());
  },
  async read() {
    const source = await openSource(first);
    for await (const item of source.list(() => {})) {
      await source
        .open(item)
        .catch((error: unknown) => print(`${item.path.toString()}: ${messageOf(error)}`));
    }
  },
  async copy() {
    const reporter = recordingReporter();
    await copy(first, second, reporter);
    reporter.warnings.forEach(print);
  },
  async preflight() {
    const problems = await (await openTarget(first)).preflight({ bytes: Number(second), files: 1 });
    for (const { message, hint } of problems) print(`${message}; ${hint}`);
  },
  /** Restores items without any permission, or without that to remove them: with a discard at the end, or twice. */
  async closed() {
    const target = await openTarget(first, recordingReporter(), second === 'replace');
    await target.begin();
    await target.put(directoryItem('full', { mode: 0o555 }), null);
    await target.put(directoryItem('full/inner', { mode: 0o555 }), null);
    await target.put(fileItem('full/inner/f', { mode: 0o444 }), bytes('x'));
    await target.put(directoryItem('closed', { mode: 0o000 }), null);
    await target.put(directoryItem('closed/inner', { mode: 0o000 }), null);
    await target.put(fileItem('closed/inner/f', { mode: 0o000 }), bytes('x'));
    await target.put(fileItem('g', { mode: 0o000 }), bytes('y'));
    await target.finish(null);
    if (second === 'discard') return target.discard();
    await target.swap();
    await target.drop();
  },
};

await verbs[verb ?? '']?.().catch((error: unknown) => print(messageOf(error)));
