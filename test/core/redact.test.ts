import { describe, expect, it } from 'vitest';
import { redactArgument, redactUrl } from '../../src/core/redact.ts';

describe('redactUrl', () => {
  it.each([
    ['postgres://ann:secret@db.example:5432/app', 'postgres://ann:***@db.example:5432/app'],
    ['postgres://ann@db.example/app', 'postgres://ann@db.example/app'],
    ['postgres://db.example:5432/app', 'postgres://db.example:5432/app'],
    ['postgres://ann:se/cr?et@db.example/app', 'postgres://ann:***@db.example/app'],
    ['postgres://ann:se@cr@et@h1:1,h2:2/app', 'postgres://ann:***@h1:1,h2:2/app'],
    ['postgres:///app?user=ann&password=secret', 'postgres:///app?user=ann&password=***'],
    ['postgres:///app?p%61ssword=secret&port=1', 'postgres:///app?p%61ssword=***&port=1'],
    ['postgres://h/app?sslpassword=secret&sslkey=/k', 'postgres://h/app?sslpassword=***&sslkey=/k'],
    ['postgres://h/app?passfile=/home/ann/.pgpass', 'postgres://h/app?passfile=/home/ann/.pgpass'],
    ['https://bucket/key?X-Amz-Signature=abc&x=1', 'https://bucket/key?X-Amz-Signature=***&x=1'],
    ["host=db password='se cr\\'et' user=ann", 'host=db password=*** user=ann'],
    ['host=db password = secret', 'host=db password = ***'],
    ['sqlite:/var/lib/app.db', 'sqlite:/var/lib/app.db'],
    ['ann:secret@db', 'ann:***@db'],
    ['s3://b/p?endpoint=http://h:9000&region=eu', 's3://b/p?endpoint=http://h:9000&region=eu'],
    ['s3://id:secret/p', 's3://id:***/p'],
    ['postgres://ann:1234&secret/app', 'postgres://ann:***/app'],
    ['postgres://ann:secret/app', 'postgres://ann:***/app'],
    ['postgres://h1:5432,h2:5433/app', 'postgres://h1:5432,h2:5433/app'],
    ['postgres://[::1]:5432/app', 'postgres://[::1]:5432/app'],
    ['postgres://h/app?password=se&cr et&port=1', 'postgres://h/app?password=***&port=1'],
    ['--database=postgres://h/app?password=secret', '--database=postgres://h/app?password=***'],
    ['host=db password="se cr=et" user=ann', 'host=db password=*** user=ann'],
  ])('%s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe('redactArgument', () => {
  it('hides keys and passwords, wherever they stand', () => {
    const key = 'ab12'.repeat(16);
    expect(redactArgument(`Unknown arguments: b.zip, ${key}.`)).toBe('Unknown arguments: b.zip, ***.');
    expect(redactArgument('Unknown argument: postgres://u:secret@h/d.')).not.toContain('secret');
    expect(redactArgument(`${key.slice(0, 40)}x${key.slice(41)}`)).toBe('***');
    expect(redactArgument(Buffer.from(key, 'hex').toString('base64'))).toBe('***');
    expect(redactArgument('Unknown argument: datbase.')).toBe('Unknown argument: datbase.');
  });
});
