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
  ])('%s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe('redactArgument', () => {
  it('hides keys and passwords, wherever they stand', () => {
    const key = 'ab12'.repeat(16);
    expect(redactArgument(`Unknown arguments: b.zip, ${key}.`)).toBe('Unknown arguments: b.zip, ***.');
    expect(redactArgument('Unknown argument: postgres://u:secret@h/d.')).not.toContain('secret');
    expect(redactArgument('Unknown argument: datbase.')).toBe('Unknown argument: datbase.');
  });
});
