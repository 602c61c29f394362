import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../src/core/side-by-side.ts';

describe('work side by side', () => {
  it('begins in order and has no more on than jobs', async () => {
    const begun: number[] = [];
    let on = 0;
    let most = 0;
    await sideBySide([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      on += 1;
      most = Math.max(most, on);
      await new Promise(setImmediate);
      on -= 1;
    });
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('begins no more after a failure, waits for what is on, and throws it', async () => {
    const begun: number[] = [];
    const ended: string[] = [];
    const failing = sideBySide([1, 2, 3, 4], 2, async (item, hasFailed) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await new Promise(setImmediate);
      ended.push(`${item} ${hasFailed()}`);
    });
    await expect(failing).rejects.toThrow('first');
    expect(begun).toEqual([1, 2]);
    expect(ended).toEqual(['2 true']);
  });
});
