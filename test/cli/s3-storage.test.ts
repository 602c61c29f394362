import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, query } from '../database/sqlite/files.ts';
import { findS3, type S3Server, startS3 } from '../servers/s3.ts';
import { HOSTILE_PATHS } from '../storage/s3/hostile-paths.ts';
import { type Objects, objectsBelow, putObjects } from '../storage/s3/prefix.ts';
import { s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const found = await findS3();
if (found.reason !== undefined) console.warn(`skipped s3-storage.test.ts: ${found.reason}`);

describe.skipIf(found.reason !== undefined)('uploads in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server.stop());

  it('are backed up with a database and come back under the same keys, with what stands beside them', async () => {
    const cwd = await temporaryFolder();
    execute(join(cwd, 'app.db'), "CREATE TABLE t (a); INSERT INTO t VALUES ('row')");
    const bucket = await server.newBucket();
    const objects: Objects = {
      ...Object.fromEntries(HOSTILE_PATHS.map((path) => [path, { body: `content of ${path}` }])),
      'page.html': { body: '<p>', type: 'text/html', user: { owner: 'somebody' }, tags: { class: 'public' } },
    };
    await putObjects(server, bucket, 'up/', objects);
    const before = await objectsBelow(server, bucket, 'up/');
    const run = (...args: string[]) => runHoldfast(args, { cwd, env: server.env });
    const source = ['--database', 'sqlite:app.db', '--storage', `s3://${bucket}/up`];
    const backup = await run('backup', 'app.zip', ...source);
    expect([backup.code, backup.stderr]).toEqual([
      0,
      expect.stringContaining(`${HOSTILE_PATHS.length + 1} files`),
    ]);
    expect(backup.stderr).not.toMatch(/warning/i);
    const inspected = await run('inspect', 'app.zip');
    expect(inspected.stdout.toString()).toContain(`s3://${bucket}/up/`);
    expect((await run('verify', 'app.zip')).code).toBe(0);

    const target = ['--database', 'sqlite:new.db', '--storage', `s3://${bucket}/to`];
    const restored = await run('restore', 'app.zip', ...target, '--yes');
    expect([restored.code, restored.stderr]).toEqual([0, expect.not.stringMatching(/warning/i)]);
    expect(await objectsBelow(server, bucket, 'to/')).toEqual(before);
    expect(query(join(cwd, 'new.db'), 'SELECT a FROM t')).toEqual([['row']]);
  });

  it('are not called restored while some that the archive does not have are still there', async () => {
    const cwd = await temporaryFolder();
    const bucket = await server.newBucket();
    const proxy = await startFaultProxy(server.endpoint);
    const env = { ...server.env, AWS_ENDPOINT_URL_S3: proxy.endpoint, XDG_STATE_HOME: cwd };
    const run = (...args: string[]) => runHoldfast(args, { cwd, env });
    await putObjects(server, bucket, 'from/', { new: { body: 'new' } });
    await putObjects(server, bucket, 'to/', { old: { body: 'old' } });
    expect((await run('backup', 'a.zip', '--skip-database', '--storage', `s3://${bucket}/from`)).code).toBe(
      0,
    );

    const isSwapped = (): boolean => proxy.requests.some(({ target }) => target.includes('/swapped.jsonl'));
    proxy.inject(
      ({ target }) => target.includes('?delete') && isSwapped(),
      s3Error(403, 'AccessDenied'),
      Infinity,
    );
    const target = ['--skip-database', '--storage', `s3://${bucket}/to`];
    const restored = await run('restore', 'a.zip', ...target, '--overwrite', '--yes');
    expect([restored.code, restored.stderr]).toEqual([
      1,
      expect.stringContaining('so is what was there before'),
    ]);
    expect(restored.stderr).toContain('holdfast restore --recover');
    expect(Object.keys(await objectsBelow(server, bucket, 'to/'))).toEqual(
      expect.arrayContaining(['new', 'old']),
    );

    proxy.reset();
    expect((await run('restore', '--recover')).code).toBe(0);
    expect(await objectsBelow(server, bucket, 'to/')).toEqual({ new: { body: 'new' } });
    proxy.close();
  });

  it('fail with the name of the bucket and no secret when the credentials are wrong', async () => {
    const cwd = await temporaryFolder();
    const bucket = await server.newBucket();
    const env = { ...server.env, AWS_SECRET_ACCESS_KEY: 'wrong-secret' };
    const backup = await runHoldfast(
      ['backup', 'up.zip', '--skip-database', '--storage', `s3://${bucket}/up`],
      { cwd, env },
    );
    expect(backup.code).toBe(1);
    expect(backup.stderr).toContain(bucket);
    expect(backup.stderr).toContain('AWS_SECRET_ACCESS_KEY');
    expect(backup.stderr).not.toContain('wrong-secret');
  });
});
