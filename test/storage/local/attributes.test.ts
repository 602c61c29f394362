import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readAccounts } from '../../../src/storage/local/accounts.ts';
import { attributesOf } from '../../../src/storage/local/attributes.ts';

describe('the time of a file', () => {
  it.each([9_000_000_000_000_000_000_000n, -9_000_000_000_000_000_000_000n])(
    'is left out where no calendar has it (%d ns), as tmpfs allows',
    async (mtimeNs) => {
      const stats = Object.assign(lstatSync(tmpdir(), { bigint: true }), { mtimeNs });
      expect(attributesOf(stats, await readAccounts())).not.toHaveProperty('mtimeNs');
    },
  );
});
