import { describe, expect, test } from 'vitest';
import { accountLabel, definerOf, parseAccount, withDefiner } from '../../../src/database/mysql/definer.ts';

const app = { user: 'app', host: '%' };

describe('the definer of a statement', () => {
  const statements: readonly [string, string, string, string][] = [
    [
      'CREATE ALGORITHM=UNDEFINED DEFINER=`a``b`@`10.0.%` SQL SECURITY DEFINER VIEW `v` AS select 1',
      'a`b@10.0.%',
      'CREATE ALGORITHM=UNDEFINED DEFINER=`app`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1',
      'CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS select 1',
    ],
    [
      'CREATE DEFINER="a""b c"@"h" PROCEDURE "p"() SELECT "DEFINER=`x`@`y` "',
      'a"b c@h',
      'CREATE DEFINER=`app`@`%` PROCEDURE "p"() SELECT "DEFINER=`x`@`y` "',
      'CREATE PROCEDURE "p"() SELECT "DEFINER=`x`@`y` "',
    ],
    [
      'CREATE DEFINER=`role one` trigger tr before insert on t for each row set @a = 1',
      'role one',
      'CREATE DEFINER=`app`@`%` trigger tr before insert on t for each row set @a = 1',
      'CREATE trigger tr before insert on t for each row set @a = 1',
    ],
    [
      'ALTER DEFINER=``@`localhost` EVENT `e` ON COMPLETION NOT PRESERVE',
      '@localhost',
      'ALTER DEFINER=`app`@`%` EVENT `e` ON COMPLETION NOT PRESERVE',
      'ALTER EVENT `e` ON COMPLETION NOT PRESERVE',
    ],
  ];
  test.each(statements)('%s', (sql, account, replaced, removed) => {
    const definer = definerOf(sql);
    expect(definer && accountLabel(definer)).toBe(account);
    expect(withDefiner(sql, app)).toBe(replaced);
    expect(withDefiner(sql, null)).toBe(removed);
  });

  test('statements without one stay as they are', () => {
    const sql = "CREATE TABLE t (a int DEFAULT 'CREATE DEFINER=`a`@`b` ')";
    expect(definerOf(sql)).toBe(null);
    expect(withDefiner(sql, app)).toBe(sql);
    // A dollar sign of a replacement means nothing.
    expect(withDefiner('CREATE DEFINER=`a`@`b` EVENT e', { user: '$&$1', host: 'h' })).toBe(
      'CREATE DEFINER=`$&$1`@`h` EVENT e',
    );
  });
});

describe('an account as users write it', () => {
  test.each([
    ['app@%', 'app', '%'],
    ['app', 'app', '%'],
    ["'app'@'10.0.0.%'", 'app', '10.0.0.%'],
    ['`a``b`@localhost', 'a`b', 'localhost'],
    ['"it\'s"@"h"', "it's", 'h'],
    ['me@example.org@localhost', 'me@example.org', 'localhost'],
  ])('%s', (text, user, host) => {
    expect(parseAccount(text)).toEqual({ user, host });
  });

  test.each(['', '@localhost', "'open@h", "'a'@"])('not %s', (text) => {
    expect(() => parseAccount(text)).toThrow('is not an account');
  });
});
