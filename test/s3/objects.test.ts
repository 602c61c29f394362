import { expect, test } from 'vitest';
import { bucketsOfFile, contentOf, failureOf, keysOf } from './buckets.ts';

const open = bucketsOfFile();

const KEYS = [
  'a+b %20c?d#e;f&g=h',
  'a//b',
  'a/../c',
  './x',
  '..',
  '/lead',
  'trail/',
  'ü/你好/😀',
  "it's(1)!*~",
  'a&b<c>"',
  'x  y ',
  '%2F%',
  'a\\b',
  'tab\tnew\nline\u0001',
  'k'.repeat(1024),
];

test('keys of any form are written, listed, read, copied and removed as they are', async (context) => {
  const { bucket, proxy } = await open(context);
  for (const key of KEYS) await bucket.put(key, Buffer.from(key));
  expect((await keysOf(bucket, '')).toSorted()).toEqual(KEYS.toSorted());
  for (const key of KEYS) expect((await contentOf(bucket, key)).toString()).toBe(key);
  expect(proxy.requests.map(({ target }) => target).some((target) => target.includes('/a/../c?'))).toBe(true);
  for await (const object of bucket.list('')) {
    if (object.key.length < 1000) await bucket.copy(object, `copy/${object.key}`);
  }
  expect((await contentOf(bucket, 'copy/a/../c')).toString()).toBe('a/../c');
  await bucket.remove([...(await keysOf(bucket, '')), 'was never there']);
  expect(await keysOf(bucket, '')).toEqual([]);
  const checksums = proxy.requests
    .filter(({ target }) => target.includes('?delete'))
    .map(({ headers }) => headers);
  expect(checksums.every((headers) => 'content-md5' in headers && !('x-amz-checksum-crc32' in headers))).toBe(
    true,
  );
});

test('attributes and tags come back as they were given, also of copies and uploads in parts', async (context) => {
  const { bucket } = await open(context, { copyParts: { above: 10, bytes: 5 * 2 ** 20 } });
  const attributes = {
    contentType: 'text/plain; charset=utf-8',
    cacheControl: 'max-age=3',
    contentEncoding: 'gzip',
    contentDisposition: 'attachment; filename="grüße.txt"',
    contentLanguage: 'de',
    expires: 'in due course',
    user: { plain: 'x y', text: 'Grüße 你好 😀' },
    tags: { a: 'b c', ü: 'ö' },
  };
  const { tags, ...headers } = attributes;
  await bucket.put('small', Buffer.from('content'), { attributes });
  const upload = await bucket.beginUpload('large', { attributes });
  await upload.complete([await upload.sendPart(1, Buffer.alloc(100))]);
  const [large, small] = await Array.fromAsync(bucket.list(''));
  await bucket.copy(small!, 'small copy');
  await bucket.copy(large!, 'large copy');
  for (const key of ['small', 'large', 'small copy', 'large copy']) {
    const { content, ...facts } = await bucket.open(key);
    content.destroy();
    expect({ key, ...facts.attributes }).toEqual({ key, ...headers });
    expect(facts.tagCount).toBe(2);
    expect(await bucket.tags(key)).toEqual(tags);
  }
});

test('a service that takes no UTF-8 in headers gets it encoded', async (context) => {
  const { bucket, proxy, reporter } = await open(context);
  const refusal = {
    kind: 'answer',
    status: 403,
    body: '<Error><Code>SignatureDoesNotMatch</Code></Error>',
  } as const;
  proxy.inject(({ headers }) => String(headers['x-amz-meta-text']).includes('Ã¼'), refusal, 9);
  const put = (key: string) => bucket.put(key, Buffer.from('x'), { attributes: { user: { text: 'Grüße' } } });
  await put('a');
  await put('b');
  expect(proxy.requests.map(({ headers }) => headers['x-amz-meta-text'])).toEqual([
    'GrÃ¼Ã\u009fe',
    '=?UTF-8?B?R3LDvMOfZQ==?=',
    '=?UTF-8?B?R3LDvMOfZQ==?=',
  ]);
  expect(reporter.details).toEqual([expect.stringContaining('RFC 2047')]);
});

test('lists in pages, from a key on, and no more than asked', async (context) => {
  const { bucket, proxy } = await open(context);
  const keys = Array.from({ length: 1002 }, (_, index) => `k/${String(index).padStart(4, '0')}`);
  for (let start = 0; start < keys.length; start += 50) {
    await Promise.all(keys.slice(start, start + 50).map((key) => bucket.put(key, Buffer.from('x'))));
  }
  proxy.reset();
  expect(await keysOf(bucket, 'k/')).toEqual(keys);
  expect(proxy.requests.length).toBe(2);
  expect(await keysOf(bucket, 'k/', { limit: 1 })).toEqual(['k/0000']);
  expect(await keysOf(bucket, 'k/', { after: 'k/0999' })).toEqual(['k/1000', 'k/1001']);
  expect(await keysOf(bucket, 'l')).toEqual([]);
});

test('a listing whose keys are not encoded is read as it is', async (context) => {
  const { bucket, proxy } = await open(context);
  await bucket.put('a+b', Buffer.from('x'));
  const plain = (text: string) =>
    text.replace(/<EncodingType>url<\/EncodingType>/, '').replace('a%2Bb', 'a+b');
  proxy.inject(({ method }) => method === 'GET', { kind: 'rewrite', body: plain });
  expect(await keysOf(bucket, '')).toEqual(['a+b']);
});

test('nothing is written over what is there when that is not wanted', async (context) => {
  const { bucket } = await open(context);
  await bucket.put('a', Buffer.from('first'), { ifAbsent: true });
  const refused = await failureOf(bucket.put('a', Buffer.from('second'), { ifAbsent: true }));
  const upload = await bucket.beginUpload('a');
  const part = await upload.sendPart(1, Buffer.from('second'));
  const refusedUpload = await failureOf(upload.complete([part], { ifAbsent: true }));
  await upload.abort();
  await upload.abort();
  expect([refused.name, refused.code, refusedUpload.name]).toEqual([
    'ExistingObject',
    'usage',
    'ExistingObject',
  ]);
  expect((await contentOf(bucket, 'a')).toString()).toBe('first');
  expect(await Array.fromAsync(bucket.unfinishedUploads(''))).toEqual([]);
});

test('ranges, and what is missing or has changed', async (context) => {
  const { bucket } = await open(context);
  const { etag } = await bucket.put('a', Buffer.from('0123456789'));
  const opened = await bucket.open('a', { range: { start: 2, end: 5 }, etag });
  opened.content.destroy();
  expect(opened.size).toBe(10);
  expect((await contentOf(bucket, 'a', { range: { start: 2, end: 5 } })).toString()).toBe('234');
  await bucket.put('empty', Buffer.alloc(0));
  expect(await contentOf(bucket, 'empty')).toEqual(Buffer.alloc(0));
  expect(await bucket.head('none')).toBe(null);
  await bucket.put('a', Buffer.from('other'));
  const listed = { key: 'a', size: 10, etag, modified: new Date() };
  const names = [bucket.open('none'), bucket.open('a', { etag }), bucket.copy(listed, 'b')].map(
    async (work) => (await failureOf(work)).name,
  );
  expect(await Promise.all(names)).toEqual(['MissingObject', 'ChangedObject', 'ChangedObject']);
  expect(await bucket.head('b')).toBe(null);
});

test('parts come from memory and from what can be read again, and copies are made in parts', async (context) => {
  const { bucket, proxy } = await open(context, { copyParts: { above: 2 ** 20, bytes: 5 * 2 ** 20 } });
  const part = Buffer.alloc(5 * 2 ** 20, 'abcdefg');
  const upload = await bucket.beginUpload('large');
  const source = {
    bytes: part.length,
    open: async function* () {
      yield part.subarray(0, 1000);
      yield part.subarray(1000);
    },
  };
  expect((await Array.fromAsync(bucket.unfinishedUploads('la'))).map(({ id }) => id)).toEqual([upload.id]);
  const parts = [
    await upload.sendPart(2, source),
    await upload.sendPart(1, part),
    await upload.sendPart(3, Buffer.from('end')),
  ];
  const { etag } = await upload.complete(parts.toSorted((a, b) => a.number - b.number));
  const whole = Buffer.concat([part, part, Buffer.from('end')]);
  expect((await contentOf(bucket, 'large')).equals(whole)).toBe(true);
  await bucket.copy({ key: 'large', size: whole.length, etag, modified: new Date() }, 'copy');
  expect((await contentOf(bucket, 'copy')).equals(whole)).toBe(true);
  expect(proxy.requests.filter(({ headers }) => 'x-amz-copy-source-range' in headers).length).toBe(3);

  // As Swift answers, whatever came in parts.
  proxy.inject(({ headers }) => 'x-amz-copy-source-if-match' in headers, { kind: 'answer', status: 412 }, 99);
  await bucket.copy({ key: 'large', size: whole.length, etag, modified: new Date() }, 'another');
  expect((await contentOf(bucket, 'another')).equals(whole)).toBe(true);
});

test('unfinished uploads are found below prefixes that services escape', async (context) => {
  const { bucket } = await open(context);
  const prefix = 'with space/ü+%20/';
  const upload = await bucket.beginUpload(`${prefix}large`);
  const found = await Array.fromAsync(bucket.unfinishedUploads(prefix));
  expect(found.map(({ key, id }) => [key, id])).toEqual([[`${prefix}large`, upload.id]]);
  expect(await Array.fromAsync(bucket.unfinishedUploads('with space/ü+ /'))).toEqual([]);
});
