import { expect, test, vi } from 'vitest';
import { errorXml, s3Error, type SeenRequest } from '../support/fault-proxy.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { bucketsOfFile, contentOf, failureOf, keysOf } from './buckets.ts';

const open = bucketsOfFile();
const any = (): boolean => true;
const on = (method: string) => (seen: SeenRequest) => seen.method === method;

const CONTENT = Buffer.alloc(3_000_000, 'abcdefg');

test.for([
  ['503', s3Error(503, 'SlowDown')],
  ['500', s3Error(500, 'InternalError')],
  ['429', s3Error(429, 'TooManyRequests')],
  [
    'a proxy without its server',
    { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
  ],
  ['a reset before the request', { kind: 'reset', when: 'before' }],
  ['a lost answer', { kind: 'reset', when: 'after' }],
  ['silence', { kind: 'silence' }],
  ['a request that is not read on', { kind: 'silence', bytes: 10 }],
] as const)('%s passes, for every operation', async ([, fault], context) => {
  const { bucket, proxy, reporter } = await open(context);
  const operations = [
    () => bucket.put('a', CONTENT),
    () => bucket.head('a'),
    () => contentOf(bucket, 'a'),
    () => keysOf(bucket, ''),
    () => bucket.remove(['a']),
  ];
  for (const operation of operations) {
    proxy.inject(any, fault);
    await operation();
  }
  expect(reporter.details.length).toBe(operations.length);
  expect(reporter.details[0]).toMatch(/^trying again to write s3:\/\/.*attempt 1 failed/);
});

test.for([
  ['is cut', { kind: 'cut', bytes: 1_000_000 }],
  ['stands still', { kind: 'stall', bytes: 1_000_000 }],
] as const)('a body that %s goes on where it broke', async ([, fault], context) => {
  const { bucket, proxy } = await open(context);
  const { etag } = await bucket.put('a', CONTENT);
  proxy.inject(on('GET'), fault, 2);
  expect((await contentOf(bucket, 'a')).equals(CONTENT)).toBe(true);
  const [, second, third] = proxy.requests.filter(on('GET'));
  for (const request of [second, third]) expect(request?.headers['if-match']).toBe(etag);
  const starts = [second, third].map((request) =>
    Number(/^bytes=(\d+)-2999999$/.exec(request?.headers.range ?? '')?.[1]),
  );
  expect(starts[0]).toBeGreaterThan(0);
  expect(starts[1]).toBeGreaterThan(starts[0] ?? 0);
});

test('a body whose object has changed when it is asked for again is an error', async (context) => {
  const { bucket, proxy } = await open(context);
  await bucket.put('a', CONTENT);
  proxy.inject(on('GET'), { kind: 'cut', bytes: 1_000_000 });
  // The rest may be asked for before the change.
  proxy.inject(on('GET'), { kind: 'silence' }, Infinity);
  const { content } = await bucket.open('a');
  await bucket.put('a', Buffer.alloc(3_000_000, 'other'));
  proxy.reset();
  expect((await failureOf(content.toArray())).name).toBe('ChangedObject');
});

test('a reader that is slow does not let a connection break for good', async (context) => {
  const { bucket, reporter } = await open(context);
  await bucket.put('a', CONTENT);
  const { content } = await bucket.open('a');
  const chunks: Buffer[] = [];
  for await (const chunk of content as AsyncIterable<Buffer>) {
    // Until the connection has been given up in the meantime.
    if (chunks.length === 1) await expect.poll(() => reporter.details.length).toBeGreaterThan(0);
    chunks.push(chunk);
  }
  expect(Buffer.concat(chunks).equals(CONTENT)).toBe(true);
});

test('answers that say 200 and hold an error, or half of themselves, are asked for again', async (context) => {
  const { bucket, proxy, reporter } = await open(context);
  const { etag } = await bucket.put('a', Buffer.from('content'));
  proxy.inject(on('PUT'), { kind: 'answer', status: 200, body: `${errorXml('InternalError')}\n` }, 2);
  await bucket.copy({ key: 'a', size: 7, etag, modified: new Date() }, 'b');
  proxy.inject(on('GET'), { kind: 'rewrite', body: (text) => text.slice(0, 200) });
  proxy.inject(on('GET'), { kind: 'cut', bytes: 100 });
  expect(await keysOf(bucket, '')).toEqual(['a', 'b']);
  expect(reporter.details.length).toBe(4);
});

test('a write whose answer was lost is known again', async (context) => {
  const { bucket, proxy } = await open(context);
  proxy.inject(on('PUT'), { kind: 'reset', when: 'after' });
  const put = await bucket.put('once', Buffer.from('once'), { ifAbsent: true });
  const upload = await bucket.beginUpload('large');
  const part = await upload.sendPart(1, Buffer.from('part'));
  proxy.inject(on('POST'), { kind: 'reset', when: 'after' });
  proxy.inject(on('POST'), s3Error(404, 'NoSuchUpload'));
  const made = await upload.complete([part], { ifAbsent: true });
  const [large, once] = await Array.fromAsync(bucket.list(''));
  expect([made.etag, put.etag]).toEqual([large?.etag, once?.etag]);
});

test('a copy that was not made is found out', async (context) => {
  const { bucket, proxy } = await open(context);
  const { etag } = await bucket.put('a', Buffer.from('content'));
  const body = `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`;
  proxy.inject(on('PUT'), { kind: 'answer', status: 200, body });
  const error = await failureOf(bucket.copy({ key: 'a', size: 7, etag, modified: new Date() }, 'b'));
  expect(error.message).toMatch(/^Cannot copy .*\/a\?.* to .*\/b\?.* there is no such object/);
});

test('one of several objects that is not removed is tried alone, and so are all where the service has no lists', async (context) => {
  const { bucket, proxy } = await open(context);
  const put = () => Promise.all(['a', 'b'].map((key) => bucket.put(key, Buffer.from('x'))));
  await put();
  const body = '<DeleteResult><Error><Key>b</Key><Code>InternalError</Code></Error></DeleteResult>';
  proxy.inject(on('POST'), { kind: 'answer', status: 200, body });
  await bucket.remove(['b']);
  expect(await keysOf(bucket, '')).toEqual(['a']);
  await put();
  proxy.inject(on('POST'), s3Error(501, 'NotImplemented'));
  await bucket.remove(['a', 'b']);
  expect(await keysOf(bucket, '')).toEqual([]);
});

test('what a service does not offer is done without: conditions, and with a warning, tags', async (context) => {
  const { bucket, proxy, reporter } = await open(context);
  const missing = s3Error(501, 'NotImplemented');
  proxy.inject(({ headers }) => 'if-none-match' in headers || 'x-amz-tagging' in headers, missing, 9);
  const attributes = { tags: { a: 'b' }, contentLanguage: 'de' };
  await bucket.put('a', Buffer.from('x'), { ifAbsent: true });
  await bucket.put('b', Buffer.from('x'), { attributes });
  await bucket.put('c', Buffer.from('x'), { attributes });
  expect((await bucket.head('c'))?.attributes.contentLanguage).toBe('de');
  expect((await failureOf(bucket.put('a', Buffer.from('y'), { ifAbsent: true }))).name).toBe(
    'ExistingObject',
  );
  expect(reporter.warnings).toEqual([expect.stringContaining('keeps no tags')]);
});

test('an upload is aborted also after the work was', async (context) => {
  const { bucket, reopen } = await open(context);
  const stop = new AbortController();
  const upload = await (await reopen({ signal: stop.signal })).beginUpload('a');
  stop.abort(new Error('stopped'));
  await upload.abort();
  expect(await Array.fromAsync(bucket.unfinishedUploads(''))).toEqual([]);
});

test('an abort ends a request, a pause and a body at once with its reason', async (context) => {
  const { reopen, proxy } = await open(context);
  const reason = new Error('stopped');
  const cases = [
    { kind: 'silence' },
    { ...s3Error(503, 'SlowDown'), headers: { 'retry-after': '50' } },
  ] as const;
  for (const fault of cases) {
    const stop = new AbortController();
    const bucket = await reopen({ signal: stop.signal, idleTimeout: 60_000 });
    proxy.inject(any, fault);
    const seen = proxy.requests.length;
    const work = failureOf(bucket.head('a'));
    await expect.poll(() => proxy.requests.length).toBeGreaterThan(seen);
    stop.abort(reason);
    expect(await work).toBe(reason);
  }
  const stop = new AbortController();
  const bucket = await reopen({ signal: stop.signal, idleTimeout: 60_000 });
  await bucket.put('a', CONTENT);
  proxy.inject(any, { kind: 'stall', bytes: 1000 });
  const { content } = await bucket.open('a');
  const read = failureOf(content.toArray());
  stop.abort(reason);
  expect(await read).toBe(reason);
});

test('trouble that lasts is told as a warning, once a minute', async (context) => {
  const { reopen, proxy } = await open(context);
  vi.useFakeTimers({ toFake: ['performance'] });
  context.onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const tell = (kind: string) => (): void => {
    told.push(kind);
    vi.advanceTimersByTime(6000);
  };
  const reporter = { ...recordingReporter(), detail: tell('detail'), warning: tell('warning') };
  const bucket = await reopen({ reporter });
  proxy.inject(any, s3Error(503, 'SlowDown'), 3);
  await bucket.head('a');
  expect(told).toEqual(['detail', 'warning', 'detail']);
});
