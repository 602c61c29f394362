import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/workflow/journal/pointers.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { readPointers } from '../../../src/workflow/journal/pointers.ts';
import { RestoreJournal } from '../../../src/workflow/journal/restore-journal.ts';
import type { PlannedStorage } from '../../../src/workflow/restore-plan.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

async function planned(location: string, token: string): Promise<PlannedStorage> {
  const nothing = { files: 0, bytes: 0 };
  return {
    archived: { name: 'to', kind: 'local', location, root: null, directories: 0, symlinks: 0, ...nothing },
    location,
    kind: 'local',
    selected: nothing,
    target: await localStorage.openTarget({
      location,
      storage: 'to',
      replace: true,
      token,
      reporter: recordingReporter(),
      signal,
    }),
  };
}

async function begin(
  token: string,
  env: Environment,
  storages: readonly PlannedStorage[],
): Promise<RestoreJournal | null> {
  const plan = { token, database: null, storages, changes: [] };
  return RestoreJournal.begin({ archive: 'app.zip', plan, env, reporter: recordingReporter(), signal });
}

describe('the journal of a restore', () => {
  it('of several into the same place at the same moment is begun by one, and the others leave nothing', async () => {
    const folder = await temporaryFolder();
    const env = { XDG_STATE_HOME: join(folder, 'state') };
    for (let round = 0; round < 5; round += 1) {
      const tokens = ['0', '1', '2', '3'].map((digit) => `${round}${digit}aaaaaaaaaa`);
      const begun = await Promise.allSettled(
        tokens.map(async (token) => begin(token, env, [await planned(join(folder, 'to'), token)])),
      );
      const won = begun.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).toHaveLength(1);
      for (const result of begun)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'refused' });
      expect((await readdir(folder)).filter((name) => name.includes('journal'))).toHaveLength(1);
      expect((await readPointers(env)).size).toBe(1);
      await won[0]?.end();
      expect((await readPointers(env)).size).toBe(0);
    }
  });

  it('is refused to one that comes later, whatever the tokens', async () => {
    const folder = await temporaryFolder();
    const env = { XDG_STATE_HOME: join(folder, 'state') };
    const to = join(folder, 'to');
    const first = await begin('555555555555', env, [await planned(to, '555555555555')]);
    for (const token of ['000000000000', 'ffffffffffff'])
      await expect(begin(token, env, [await planned(to, token)])).rejects.toMatchObject({ code: 'refused' });
    expect((await readPointers(env)).get('555555555555')).toMatchObject({ address: folder });
    await first?.end();
  });

  it('lies in a store that all hosts reach, where there is one', async () => {
    const folder = await temporaryFolder();
    const env = { XDG_STATE_HOME: join(folder, 'state') };
    const token = '0123456789ab';
    const storages: PlannedStorage[] = [];
    for (const name of ['one', 'two', 'three']) {
      await mkdir(join(folder, name));
      storages.push(await planned(join(folder, name, 'to'), token));
    }
    Object.assign(storages[1]!.target.journalStore, { isShared: true });
    const journal = await begin(token, env, storages);
    expect(await readdir(join(folder, 'two'))).toEqual([`.holdfast-journal-${token}.json`]);
    expect((await readPointers(env)).get(token)).toMatchObject({ address: join(folder, 'two') });
    await journal?.end();
    expect(await begin(token, env, [])).toBeNull();
  });
});
