import { lstat } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createJsonConsole } from '../../src/cli/reporters/json.ts';
import { errorLines } from '../../src/cli/reporters/error-text.ts';
import { explainSystemError } from '../../src/cli/system-error.ts';
import { HoldfastError } from '../../src/core/errors.ts';

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('no failure'),
    (error: unknown) => error,
  );
}

describe('explainSystemError', () => {
  it('calls what the system reports no bug', async () => {
    for (const work of [lstat('/nowhere/at/all'), lookup('host.invalid')]) {
      const error = await failureOf(work);
      const explained = explainSystemError(error);
      expect(explained).toMatchObject({ code: 'failed', cause: error, hint: expect.any(String) });
      const lines = errorLines(explained, false);
      expect(lines[0]).toContain((error as Error).message);
      expect(lines.join('\n')).not.toMatch(/bug|^\s+at /m);
      expect(errorLines(explained, true).join('\n')).toContain('Caused by');
      expect(said(explained)).toMatchObject({ ok: false, code: 'failed', hint: expect.any(String) });
    }
  });

  it('leaves bugs, and what was explained already, as they are', () => {
    for (const error of [
      new TypeError('x is not a function'),
      new HoldfastError('usage', 'no'),
      'text',
      Object.assign(new Error('no call'), { code: 'ERR_INVALID_ARG_TYPE' }),
    ])
      expect(explainSystemError(error)).toBe(error);
    expect(errorLines(new TypeError('x is not a function'), false).join('\n')).toContain('a bug in holdfast');
    expect(said(new TypeError('x is not a function'))).toMatchObject({ code: 'unexpected' });
  });
});

/** What the JSON reporter says of an error. */
function said(error: unknown): unknown {
  const lines: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  createJsonConsole(output, { verbose: false }).error(error, 1);
  return JSON.parse(lines.join(''));
}
