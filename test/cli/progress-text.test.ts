import { describe, expect, it } from 'vitest';
import { progressText } from '../../src/cli/reporters/progress-text.ts';

const base = { title: 'Rows', doneBytes: 50 * 1024, totalBytes: 100 * 1024, startedAt: 0, columns: 200 };

describe('progressText', () => {
  it('shows a bar, bytes, rate and time left where the end is known', () => {
    expect(progressText(base, 1000)).toBe(
      'Rows  ██████████░░░░░░░░░░ 50 %  50.0 KiB  50.0 KiB/s  1.0 s left',
    );
  });

  it('shows bytes and rate where it is not, or was estimated too low', () => {
    expect(progressText({ ...base, totalBytes: undefined }, 1000)).toBe('Rows  50.0 KiB  50.0 KiB/s');
    expect(progressText({ ...base, totalBytes: 10 }, 1000)).toBe('Rows  50.0 KiB  50.0 KiB/s');
  });

  it('is never wider than the terminal, and shows no control characters', () => {
    const text = progressText({ ...base, columns: 60, item: `evil\u001b[2J${'x'.repeat(500)}` }, 1000);
    expect(text.length).toBeLessThanOrEqual(56);
    for (const doneBytes of [0, 50]) {
      expect(progressText({ ...base, title: 'x'.repeat(40), doneBytes, columns: 15 }, 1000)).toHaveLength(11);
    }
    expect(progressText({ ...base, item: 'evil\u001b[2J' }, 1000)).toContain(String.raw`evil\x1b[2J`);
  });

  it('is the title alone before anything is done', () => {
    expect(progressText({ ...base, doneBytes: 0 }, 1000)).toBe('Rows');
  });
});
