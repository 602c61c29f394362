import { describe, expect, it } from 'vitest';
import { OutcomeUnknown } from '../../src/database/engine.ts';
import { copy, type EngineSubject, ROWS, useEngineBench } from './engine-bench.ts';

/** What `engine.ts` promises of databases that are replaced, and of finding out later what became of a load. */
export function describeReplacement(title: string, subject: EngineSubject): void {
  const { newDatabase, openSource, openTarget, stateOf, settle, newOther, newSample } =
    useEngineBench(subject);

  describe(`${title} as an engine that replaces`, () => {
    it('replaces what a database holds by what the archive has, and nothing else', async () => {
      const database = await newSample();
      const other = await newOther();
      const source = await openSource(database.url);
      const target = await openTarget(other.url, { replace: true });
      expect(await target.isEmpty()).toBe(false);
      expect(await target.preflight(source.facts)).toEqual([]);
      await copy(source, target);
      await target.commit();
      expect(await stateOf(other)).toEqual(await stateOf(database));
      // An empty one is replaced as well, and by an archive without anything.
      const empty = await openSource((await newDatabase()).url);
      await copy(empty, target);
      await target.commit();
      expect(await target.isEmpty()).toBe(true);
    });

    it('leaves the old when a replacement fails, is closed or loses its connection', async () => {
      const database = await newSample();
      const other = await newOther();
      const before = await stateOf(other);
      for (const end of ['fail', 'rollback', 'close', 'cut'] as const) {
        if (end === 'cut' && !other.cutConnections) continue;
        const source = await openSource(database.url);
        const target = await openTarget(other.url, { replace: true });
        await copy(source, target);
        const record = target.record();
        if (end === 'fail') {
          const broken = {
            kind: 'TABLE',
            schema: null,
            name: 'broken',
            sql: 'CREATE TABLE broken (nonsense);',
          };
          await expect(target.execute(broken)).rejects.toMatchObject({ code: 'failed' });
          await target.rollback();
        } else if (end === 'cut') {
          await other.cutConnections?.();
          await expect(target.commit()).rejects.toMatchObject({ code: 'failed' });
        } else {
          await target[end]();
        }
        expect(await settle(record, null)).toBe('rolled back');
        expect(await stateOf(other)).toEqual(before);
        await source.close();
      }
    });

    it('begins in an empty database only, unless it is to be replaced', async () => {
      const other = await newDatabase();
      const target = await openTarget(other.url);
      await other.query('CREATE TABLE meanwhile (id int PRIMARY KEY)');
      await expect(target.begin(target.facts)).rejects.toMatchObject({
        code: 'failed',
        hint: expect.any(String),
      });
      expect(await other.query('SELECT id FROM meanwhile')).toEqual([]);
    });

    it('measures what a database holds', async () => {
      const target = await openTarget((await newSample()).url);
      const { tables, bytes } = await target.measure();
      expect(tables).toBe(3);
      expect(bytes).toBeGreaterThan(ROWS * 5);
      expect(bytes).toBeLessThan(ROWS * 1000);
      expect(await (await openTarget((await newDatabase()).url)).measure()).toEqual({ tables: 0, bytes: 0 });
    });

    it('finds out later what became of a load', async () => {
      const source = await openSource((await newSample()).url);
      const other = await newDatabase();
      const abandoned = await openTarget(other.url);
      await copy(source, abandoned);
      const lost = abandoned.record();
      expect(JSON.stringify(lost)).not.toContain('s3cret');
      await other.cutConnections?.();
      expect(await settle(lost, null)).toBe('rolled back');
      const target = await openTarget(other.url);
      await copy(source, target);
      const record = target.record();
      await target.commit();
      const elsewhere = await newDatabase();
      for (const url of [null, other.url, elsewhere.url]) {
        expect(await settle(record, url)).toBe('committed');
        // A file tells of itself, and not of one that was never in its place.
        if (!subject.keepsFile) expect(await settle(lost, url)).toBe('rolled back');
      }
      await expect(settle({}, other.url)).rejects.toMatchObject({
        code: 'refused',
        hint: expect.any(String),
      });
      await other.drop();
      await expect(settle(record, null)).rejects.toMatchObject({ code: 'failed', hint: expect.any(String) });
    });

    it('says so when it does not know whether the commit happened', async (context) => {
      const other = await newOther();
      if (!other.lossyUrl) return context.skip('there is no connection that could break');
      const source = await openSource((await newSample()).url);
      const target = await openTarget(await other.lossyUrl(), { replace: true });
      await copy(source, target);
      const record = target.record();
      const error = await target.commit().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OutcomeUnknown);
      expect(error).toMatchObject({ hint: expect.stringContaining('restore --recover') });
      await expect(settle(record, null)).rejects.toMatchObject({ code: 'failed' });
      expect(await settle(record, other.url)).toBe('committed');
      expect(await other.query('SELECT id FROM small')).toHaveLength(2);
    });
  });
}
