import { expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { formatS3Location, parseS3Location } from '../../src/s3/location.ts';

it.each([
  ['s3://bucket', { bucket: 'bucket', key: '' }],
  ['S3://bucket/', { bucket: 'bucket', key: '' }],
  ['s3://bucket/a b/%C3%BC%3F%23+c', { bucket: 'bucket', key: 'a b/ü?#+c' }],
  [
    's3://bucket/k?endpoint=https://example.com/storage/s3',
    { bucket: 'bucket', key: 'k', endpoint: 'https://example.com/storage/s3' },
  ],
  ['s3://bucket//a//../b/', { bucket: 'bucket', key: '/a//../b/' }],
  [
    's3://bucket/p?endpoint=http://[::1]:9000&region=eu-west-1&profile=my%20own&path-style=false',
    {
      bucket: 'bucket',
      key: 'p',
      endpoint: 'http://[::1]:9000',
      region: 'eu-west-1',
      profile: 'my own',
      pathStyle: false,
    },
  ],
])('takes %s apart, and spells it again', (text, parts) => {
  const location = parseS3Location(text);
  expect(location).toEqual(parts);
  expect(parseS3Location(formatS3Location(location))).toEqual(parts);
});

it.each([
  ['s3:///key', 'it names no bucket'],
  ['s3://AKIDEXAMPLE:secret/key', 'no bucket can have such a name'],
  ['s3://id:secret@bucket/key', 'it holds an @'],
  ['s3://bucket/%zz', 'it holds a percent sign'],
  ['s3://bucket/key?endpoint', 'name=value'],
  [`s3://bucket/${'k'.repeat(1025)}`, '1024 bytes'],
  ['s3://bucket/key?path-style=yes', 'path-style cannot be'],
  ['s3://bucket/key?secret-key=secret', 'secret-key is no parameter'],
  ['s3:/bucket/key', 'it does not begin with s3://'],
  ['s3://bucket/key?endpoint=ftp://host', 'not a URL of a service'],
  ['s3://bucket/key?endpoint=minio.local:9000', 'minio.local:9000 lacks http:// or https://'],
  ['s3://bucket/key?endpoint=https://id:secret%40host', 'not a URL of a service'],
])('refuses %s', (text, why) => {
  const refused = (): unknown => parseS3Location(text);
  expect(refused).toThrow(HoldfastError);
  expect(refused).toThrow(why);
  expect(refused).not.toThrow('secret/');
  expect(refused).not.toThrow(':secret');
});
