import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { threadFailure } from '../../src/core/thread-failure.ts';
import { required, tool } from '../support/tools.ts';

/** The user that nothing belongs to: the limit counts the threads of all of a user's processes. */
const NOBODY = 65_534;

describe('a thread', () => {
  it('says in words that the system gives no more', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can run a process as a user without others');
    const prlimit = required(context, await tool('prlimit'));
    const source = join(import.meta.dirname, '../../src/core');
    const program = `
      import(${JSON.stringify(join(source, 'thread.ts'))}).then(async ({ Thread }) => {
        const { execFileSync } = await import('node:child_process');
        execFileSync(${JSON.stringify(prlimit)}, ['--pid', String(process.pid), '--nproc=1:1']);
        try {
          new Thread('hash', { memory: new SharedArrayBuffer(8) });
        } catch ({ code, message, hint }) {
          console.log(JSON.stringify({ code, message, hint }));
        }
      });`;
    const asNobody = (text: string): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, ['-e', text], { uid: NOBODY, gid: NOBODY });
    const look = `require('node:fs').accessSync(${JSON.stringify(source)})`;
    await asNobody(look).catch(() => context.skip(`nobody may not read ${source}`));
    const { stdout } = await asNobody(program);
    expect(JSON.parse(stdout)).toEqual({
      code: 'failed',
      message: expect.stringContaining('no more threads'),
      hint: expect.stringContaining('ulimit -u'),
    });
  });

  it('says so too when it ends for want of memory', async () => {
    const worker = new Worker('const all = []; for (;;) all.push(new Array(1e5).fill(all.length))', {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
    });
    const error = await new Promise((resolve) => worker.once('error', resolve));
    expect(error).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    expect(threadFailure(error)).toMatchObject({ code: 'failed', cause: error, hint: expect.any(String) });
  });

  it('leaves other failures as they are', () => {
    const error = new TypeError('x is not a function');
    expect(threadFailure(error)).toBe(error);
  });
});
