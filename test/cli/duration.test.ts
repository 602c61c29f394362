import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/cli/duration.ts';

describe('a time on the command line', () => {
  it.each([
    ['500', 500],
    ['500ms', 500],
    ['30s', 30_000],
    ['5 min', 300_000],
    ['1h', 3_600_000],
  ])('%s is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration('lock-timeout', text)).toBe(milliseconds);
  });

  it.each(['0', '-1', '', 'soon', '1.5s', '5m', '1h30min', '600h', '9'.repeat(400)])(
    'refuses "%s"',
    (text) => {
      expect(() => parseDuration('lock-timeout', text)).toThrow('is no time above zero');
    },
  );
});
