import { describe, expect, it } from 'vitest';
import {
  copy,
  type EngineSubject,
  PART_BYTES,
  readParts,
  ROWS,
  tableOf,
  useEngineBench,
} from './engine-bench.ts';
import { describeReplacement } from './engine-replacement.ts';

/** Everything that `engine.ts` promises of any engine. */
export function describeEngine(title: string, subject: EngineSubject): void {
  const { engine } = subject;
  const { newDatabase, openSource, openTarget, newSample } = useEngineBench(subject);

  describe(`${title} as an engine`, () => {
    it('says what it is', () => {
      expect(engine.schemes.length).toBeGreaterThan(0);
      for (const name of [engine.name, engine.partSuffix, ...engine.schemes])
        expect(name).toMatch(/^[a-z][a-z0-9]*$/);
    });

    it('gives facts that survive a manifest', async () => {
      const { facts } = await openSource((await newSample()).url);
      expect(facts).toMatchObject({
        engine: engine.name,
        version: expect.stringMatching(/^\d/),
        encoding: expect.any(String),
      });
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    });

    it('copies a database into an empty one', async () => {
      const database = await newSample();
      const other = await newDatabase();
      const source = await openSource(database.url);
      const target = await openTarget(other.url);
      expect(await target.isEmpty()).toBe(true);
      expect(await target.preflight(source.facts)).toEqual([]);
      await copy(source, target);
      await target.commit();
      const all = 'SELECT * FROM large ORDER BY id';
      expect(await other.query(all)).toEqual(await database.query(all));
      expect(await other.query('SELECT id FROM small ORDER BY id')).toHaveLength(2);
      expect(await other.query('SELECT id FROM blank')).toEqual([]);
      await expect(other.query('INSERT INTO small VALUES (1)')).rejects.toThrow(/duplicate|unique/i);
      expect(await (await openTarget(other.url)).isEmpty()).toBe(false);
    });

    it('cuts rows into parts that load one by one', async () => {
      const source = await openSource((await newSample()).url);
      const parts = await readParts(source, tableOf(source, 'large'));
      expect(parts.length).toBeGreaterThan(2);
      for (const { bytes } of parts.slice(0, -1)) expect(bytes.length).toBeLessThan(PART_BYTES * 2);
      if (subject.keepsFile) {
        expect(source.facts.contents).toContainEqual({ schema: 'main', name: 'large', rows: ROWS });
        expect(source.facts.contents).toContainEqual({ schema: 'main', name: 'blank', rows: 0 });
      } else {
        expect(parts.reduce((sum, part) => sum + part.rows, 0)).toBe(ROWS);
        expect(await readParts(source, tableOf(source, 'blank'))).toEqual([]);
      }
    });

    it('reads one state, whatever is committed meanwhile', async () => {
      const database = await newSample();
      const source = await openSource(database.url, { jobs: 3 });
      const iterators = [0, 1, 2].map(() =>
        source.parts(tableOf(source, 'large'), PART_BYTES)[Symbol.asyncIterator](),
      );
      const counts = await Promise.all(
        iterators.map(async (iterator, index) => {
          await database.query(`INSERT INTO large VALUES (${ROWS + index}, 'late')`);
          let rows = 0;
          for (let part = await iterator.next(); !part.done; part = await iterator.next()) {
            for await (const _ of part.value.chunks);
            rows += part.value.rows();
          }
          return rows;
        }),
      );
      if (!subject.keepsFile) expect(counts).toEqual([ROWS, ROWS, ROWS]);
      const other = await newDatabase();
      const target = await openTarget(other.url);
      await copy(source, target);
      await target.commit();
      expect(await other.query('SELECT id FROM large')).toHaveLength(ROWS);
    });

    it('leaves out tables, and rows of tables', async () => {
      const database = await newSample();
      const source = await openSource(database.url, {
        excludeTable: (_, name) => name === 'blank',
        excludeRows: (_, name) => name === 'large',
      });
      if (!subject.keepsFile) {
        expect(source.tables.map(({ name, withRows }) => ({ name, withRows }))).toEqual(
          expect.arrayContaining([
            { name: 'large', withRows: false },
            { name: 'small', withRows: true },
          ]),
        );
        expect(source.tables).toHaveLength(2);
      }
      expect([...source.preData, ...source.postData].filter(({ sql }) => sql.includes('blank'))).toEqual([]);
      const other = await newDatabase();
      const target = await openTarget(other.url);
      await copy(source, target);
      await target.commit();
      expect(await other.query('SELECT id FROM small')).toHaveLength(2);
      expect(await other.query('SELECT id FROM large')).toEqual([]);
      await expect(other.query('SELECT id FROM blank')).rejects.toThrow(/blank/);
    });

    it('leaves the target as it was when a load ends without commit', async () => {
      const database = await newSample();
      const other = await newDatabase();
      for (const end of ['rollback', 'close'] as const) {
        const source = await openSource(database.url);
        const target = await openTarget(other.url);
        await copy(source, target);
        await target[end]();
        await source.close();
        expect(await (await openTarget(other.url)).isEmpty()).toBe(true);
      }
    });

    it('names the object when a statement fails', async () => {
      const other = await newDatabase();
      const target = await openTarget(other.url);
      await target.begin(target.facts);
      const statement = {
        kind: 'TABLE',
        schema: null,
        name: 'broken',
        sql: 'CREATE TABLE broken (nonsense);',
      };
      // It may be taken up and be run later, at the commit at the latest.
      const run = async (): Promise<void> => {
        await target.execute(statement);
        await target.commit();
      };
      await expect(run()).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringContaining('broken'),
      });
      await target.rollback();
      expect(await target.isEmpty()).toBe(true);
    });

    it('stops with the reason of the signal', async () => {
      const controller = new AbortController();
      const source = await openSource((await newSample()).url, { signal: controller.signal });
      const reading = (async () => {
        for await (const part of source.parts(tableOf(source, 'large'), PART_BYTES)) {
          controller.abort(new Error('enough'));
          for await (const _ of part.chunks);
        }
        await readParts(source, tableOf(source, 'small'));
      })();
      await expect(reading).rejects.toThrow('enough');
    });

    it('may be closed twice, also in the middle of a table', async () => {
      const source = await openSource((await newSample()).url);
      const parts = source.parts(tableOf(source, 'large'), PART_BYTES)[Symbol.asyncIterator]();
      await parts.next();
      await parts.return?.();
      await source.close();
      await source.close();
      const target = await openTarget((await newDatabase()).url);
      await target.close();
      await target.close();
    });

    it('refuses bad URLs without telling the password', async () => {
      for (const [url, code] of [
        [subject.malformedUrl, 'usage'],
        [subject.unreachableUrl, 'failed'],
      ] as const) {
        for (const result of await Promise.allSettled([openSource(url), openTarget(url)])) {
          const error = result.status === 'rejected' ? (result.reason as Error) : undefined;
          expect(error).toMatchObject({ code, hint: expect.any(String) });
          expect(`${error?.stack} ${JSON.stringify(error)}`).not.toContain('s3cret');
        }
      }
    });
  });
  describeReplacement(title, subject);
}
