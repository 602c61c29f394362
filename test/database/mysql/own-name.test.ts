import { describe, expect, it } from 'vitest';
import { namesDatabase } from '../../../src/database/mysql/own-name.ts';
import { writeProgram } from '../../../src/database/mysql/script.ts';

function names(body: string, sqlMode = ''): boolean {
  const settings = [`SET character_set_client = utf8mb4, sql_mode = '${sqlMode}'`];
  return namesDatabase({ kind: 'PROCEDURE', sql: writeProgram({ settings, body }) }, 'shop');
}

describe("a program's own database", () => {
  it.each([
    'CREATE PROCEDURE p() SELECT * FROM shop.orders',
    'CREATE PROCEDURE p() SELECT * FROM `shop` . `orders`',
    'CREATE PROCEDURE p() SELECT * FROM Shop /* here */ .orders',
    "CREATE PROCEDURE p() SELECT 'it''s \\'', shop.f()",
    "CREATE PROCEDURE p() BEGIN -- it's\n SELECT shop.f(); END",
    'CREATE PROCEDURE p() /*!50000 SELECT * FROM shop.orders */',
  ])('is found in %s', (body) => {
    expect(names(body)).toBe(true);
  });

  it.each([
    "CREATE PROCEDURE p() SELECT 'shop.orders'",
    'CREATE PROCEDURE p() SELECT workshop.orders, x.shop.y, @shop.x',
    'CREATE PROCEDURE p() SELECT 1 -- shop.orders\n',
    'CREATE PROCEDURE p() SELECT shop, `shop``.x`',
  ])('is not in %s', (body) => {
    expect(names(body)).toBe(false);
  });

  it('is found by the quotes of its sql_mode', () => {
    expect(names('CREATE PROCEDURE p() SELECT * FROM "shop".orders', 'ANSI_QUOTES')).toBe(true);
    expect(names("CREATE PROCEDURE p() SELECT 'a\\', shop.f()", 'NO_BACKSLASH_ESCAPES')).toBe(true);
  });
});
