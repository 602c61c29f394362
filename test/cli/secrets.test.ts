import { describe, expect, it } from 'vitest';
import { exposureWarning, findExposedSecrets } from '../../src/cli/secrets.ts';

describe('findExposedSecrets', () => {
  it.each([
    [['backup', '--key', 'ab'.repeat(32)], { key: true, passwords: [] }],
    [['backup', `--key=${'ab'.repeat(32)}`], { key: true, passwords: [] }],
    [['backup', '--key', '-'], { key: false, passwords: [] }],
    [['backup', '--key=-'], { key: false, passwords: [] }],
    [['backup', '--key-file', 'ab'.repeat(32)], { key: true, passwords: [] }],
    [['backup', '--key-file', '/etc/key'], { key: false, passwords: [] }],
    [['backup', '--database', 'postgres://u:p@h/d'], { key: false, passwords: ['postgres'] }],
    [['backup', '--database=postgres://u:p%40@h/d'], { key: false, passwords: ['postgres'] }],
    [['backup', '--database', 'postgres://h/d?user=u&password=p'], { key: false, passwords: ['postgres'] }],
    [['backup', '--database', 'postgres://h/d?sslpassword=p'], { key: false, passwords: ['postgres'] }],
    [['backup', '--database', 'postgres://u@h:5432/d'], { key: false, passwords: [] }],
    [['backup', '--database', 'postgres://u:p/w@h/d'], { key: false, passwords: ['postgres'] }],
    [['backup', '--database=postgres://h/d?password=p'], { key: false, passwords: ['postgres'] }],
    [['verify', '--against=mariadb://u:p@h/d'], { key: false, passwords: ['mariadb'] }],
    [['backup', '--storage', 's3://id:p@bucket'], { key: false, passwords: ['s3'] }],
    [['backup', '--kye', 'ab'.repeat(31)], { key: true, passwords: [] }],
    [['backup', '--storage', `/volumes/${'ab'.repeat(32)}/_data`], { key: false, passwords: [] }],
  ])('looks at %j', (argv, expected) => {
    const { key, passwords } = findExposedSecrets(argv);
    expect({ key, passwords: [...passwords] }).toEqual(expected);
  });
});

describe('exposureWarning', () => {
  it('is one line that holds no secret, or nothing', () => {
    const none = new Set<string>();
    expect(exposureWarning({ key: false, passwords: none })).toBeNull();
    expect(exposureWarning({ key: true, passwords: new Set(['postgres']) })).toMatch(
      /^the key and the database's password .*\.$/,
    );
    expect(exposureWarning({ key: false, passwords: new Set(['s3']) })).toMatch(
      /^a secret stood .* use AWS_ACCESS_KEY_ID and [^(]*$/,
    );
  });

  it('names the places where the clients of that database look', () => {
    const warning = (...schemes: string[]) => exposureWarning({ key: false, passwords: new Set(schemes) });
    expect(warning('mysql')).toMatch(/HOLDFAST_AGAINST\), ~\/\.my\.cnf or MYSQL_PWD instead\.$/);
    expect(warning('mysql', 'mariadb')).toBe(warning('mysql'));
    expect(warning('postgresql')).toMatch(/HOLDFAST_AGAINST\), ~\/\.pgpass or PGPASSWORD instead\.$/);
  });
});
