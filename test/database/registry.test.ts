import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { databaseSchemes, engineByName, engineForUrl } from '../../src/database/registry.ts';

describe('the registry of engines', () => {
  it.each(databaseSchemes)('finds an engine for %s: that says the same of itself', async (scheme) => {
    const engine = await engineForUrl(`${scheme}://db/app`);
    expect(engine.schemes).toContain(scheme);
    expect(await engineByName(engine.name)).toBe(engine);
    expect(engine.schemes.every((one) => databaseSchemes.includes(one))).toBe(true);
  });

  it.each([
    ['oracle://ann:s3cret@db/app', 'oracle'],
    ['ann:s3cret@db', 'ann'],
    ['/var/lib/app', '/var/lib/app'],
  ])('refuses %s', async (url, named) => {
    const error = await engineForUrl(url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(named) });
    expect(String(error)).not.toContain('s3cret');
    await expect(engineByName('oracle')).rejects.toMatchObject({ code: 'failed' });
  });

  it('loads no driver before it is asked for an engine', async () => {
    const registry = join(import.meta.dirname, '..', '..', 'src', 'database', 'registry.ts');
    const script = `await import(${JSON.stringify(registry)});
      const { createRequire } = await import('node:module');
      console.log(Object.keys(createRequire(${JSON.stringify(registry)}).cache).filter((path) => path.includes('node_modules')).length)`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout.trim()).toBe('0');
  });
});
