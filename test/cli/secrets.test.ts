import { describe, expect, it } from 'vitest';
import { exposureWarning, findExposedSecrets } from '../../src/cli/secrets.ts';

describe('findExposedSecrets', () => {
  it.each([
    [['backup', '--key', 'ab'.repeat(32)], { key: true, password: false }],
    [['backup', `--key=${'ab'.repeat(32)}`], { key: true, password: false }],
    [['backup', '--key', '-'], { key: false, password: false }],
    [['backup', '--key=-'], { key: false, password: false }],
    [['backup', '--key-file', 'ab'.repeat(32)], { key: true, password: false }],
    [['backup', '--key-file', '/etc/key'], { key: false, password: false }],
    [['backup', '--database', 'postgres://u:p@h/d'], { key: false, password: true }],
    [['backup', '--database=postgres://u:p%40@h/d'], { key: false, password: true }],
    [['backup', '--database', 'postgres://h/d?user=u&password=p'], { key: false, password: true }],
    [['backup', '--database', 'postgres://h/d?sslpassword=p'], { key: false, password: true }],
    [['backup', '--database', 'postgres://u@h:5432/d'], { key: false, password: false }],
    [['backup', '--database', 'postgres://u:p/w@h/d'], { key: false, password: true }],
    [['backup', '--database=postgres://h/d?password=p'], { key: false, password: true }],
    [['backup', '--storage', 's3://id:p@bucket'], { key: false, password: true }],
    [['backup', '--kye', 'ab'.repeat(31)], { key: true, password: false }],
    [['backup', '--storage', `/volumes/${'ab'.repeat(32)}/_data`], { key: false, password: false }],
  ])('looks at %j', (argv, expected) => {
    expect(findExposedSecrets(argv)).toEqual(expected);
  });
});

describe('exposureWarning', () => {
  it('is one line that holds no secret, or nothing', () => {
    expect(exposureWarning({ key: false, password: false })).toBeNull();
    expect(exposureWarning({ key: true, password: true })).toMatch(
      /^the key and the database's password .*\.$/,
    );
    expect(exposureWarning({ key: false, password: true })).toMatch(/HOLDFAST_DATABASE, HOLDFAST_AGAINST/);
  });
});
