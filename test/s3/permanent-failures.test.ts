import { expect, test } from 'vitest';
import { s3Error } from '../support/fault-proxy.ts';
import { freePort } from '../servers/free-port.ts';
import { bucketsOfFile, contentOf, failureOf, keysOf } from './buckets.ts';

const open = bucketsOfFile();
const any = (): boolean => true;

test.for([
  [403, 'AccessDenied', 'no permission', 's3:GetObject'],
  [403, 'InvalidAccessKeyId', 'does not know the access key', 'AWS_ACCESS_KEY_ID'],
  [403, 'SignatureDoesNotMatch', 'does not accept the signature', 'AWS_SECRET_ACCESS_KEY'],
  [400, 'ExpiredToken', 'session of the credentials has ended', 'aws sso login'],
  [403, 'InvalidObjectState', 'archive storage class', 'restore-object'],
  [507, 'QuotaExceeded', 'quota', 'room'],
  [400, 'KeyTooLongError', 'keys of this length', 'shorter'],
  [403, 'RequestTimeTooSkewed', 'clock', 'clock'],
  [501, 'NotImplemented', 'does not offer this', 'endpoint'],
  [404, 'NoSuchBucket', 'there is no bucket', 'name'],
  [418, 'Strange', 'Strange: injected Strange (status 418)', ''],
] as const)('%i %s stops at once and tells the mend', async ([status, code, why, mend], context) => {
  const { bucket, proxy, name } = await open(context);
  proxy.inject(any, s3Error(status, code), 2);
  const error = await failureOf(contentOf(bucket, 'a key'));
  expect(proxy.requests.length).toBe(1);
  expect(error.code).toBe('failed');
  expect(error.message).toContain(`Cannot read s3://${name}/a%20key`);
  expect(error.message).toContain(why);
  expect(error.hint ?? '').toContain(mend);
});

test('what does not exist is told: bucket, object, host, port, profile, region', async (context) => {
  const { reopen, proxy, server } = await open(context);
  const missing = await reopen({}, { bucket: 'holdfast-test-no-such-bucket' });
  const refusing = await reopen({}, { endpoint: `http://127.0.0.1:${await freePort()}` });
  const unknown = await reopen({}, { endpoint: 'http://nowhere.invalid' });
  const tls = await reopen({}, { endpoint: proxy.endpoint.replace('http:', 'https:') });
  const errors = await Promise.all(
    [
      missing.head('a'),
      missing.put('a', Buffer.from('x')),
      keysOf(missing, ''),
      refusing.head('a'),
      unknown.head('a'),
      tls.head('a'),
    ].map(failureOf),
  );
  expect(errors.map(({ message }) => message.replace(/.*: (?=[a-z])/, ''))).toEqual([
    ...Array.from({ length: 3 }, () =>
      expect.stringContaining('there is no bucket holdfast-test-no-such-bucket'),
    ),
    expect.stringContaining('refuses connections'),
    expect.stringContaining('the host name of'),
    expect.stringContaining('does not speak TLS'),
  ]);
  expect(errors.every(({ hint }) => hint !== undefined)).toBe(true);
  expect(server.endpoint).not.toBe(proxy.endpoint);
});

test('a refusal without a reason is told with its likeliest one', async (context) => {
  const { bucket, proxy } = await open(context);
  proxy.inject(any, { kind: 'answer', status: 400 }, 2);
  const error = await failureOf(bucket.head('a'));
  expect(error.message).toContain('does not say why (status 400)');
  expect(error.hint).toContain('aws sso login');
});

test('a web page is no S3 service', async (context) => {
  const { bucket, proxy } = await open(context);
  const page = { headers: { 'content-type': 'text/html' }, body: '<html><body>Console</body></html>' };
  proxy.inject(any, { kind: 'answer', status: 200, ...page });
  const list = await failureOf(keysOf(bucket, ''));
  proxy.inject(any, { kind: 'answer', status: 404, ...page });
  const read = await failureOf(contentOf(bucket, 'a'));
  for (const { message } of [list, read]) expect(message).toContain('is no S3 service');
});

test('a bucket in another region is found there', async (context) => {
  const { bucket, proxy } = await open(context);
  const moved = { kind: 'answer', status: 301, headers: { 'x-amz-bucket-region': 'eu-west-9' } } as const;
  proxy.inject(({ headers }) => !headers.authorization?.includes('/eu-west-9/'), moved, 99);
  await Promise.all(['a', 'b', 'c'].map((key) => bucket.head(key)));
  expect(proxy.requests.at(-1)?.headers.authorization).toContain('/eu-west-9/s3/');
});

test('secrets are in no error', async (context) => {
  const { bucket, proxy } = await open(context);
  const body =
    '<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>x-amz-security-token:TOKEN</CanonicalRequest></Error>';
  proxy.inject(any, { kind: 'answer', status: 403, headers: { 'content-type': 'application/xml' }, body });
  const error = await failureOf(contentOf(bucket, 'a'));
  const { inspect } = await import('node:util');
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('TOKEN');
});

test('why an object may not be seen is told, though answers to HEAD have no room for it', async (context) => {
  const { bucket, proxy } = await open(context);
  proxy.inject(any, s3Error(403, 'RequestTimeTooSkewed'), 2);
  expect((await failureOf(bucket.head('a'))).message).toContain('clock');
  expect(proxy.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});
