/** How the values of a key's column are told apart, and written into a statement so that the server takes just them. */
export type KeyKind = 'number' | 'date' | 'time' | 'bytes' | 'text';

/** A column of a key whose values can be bounds. */
export interface KeyColumn {
  readonly name: string;
  readonly kind: KeyKind;
  /** Of texts; null for all else. */
  readonly charset: string | null;
  readonly collation: string | null;
}

const KINDS: Readonly<Record<string, KeyKind>> = {
  tinyint: 'number',
  smallint: 'number',
  mediumint: 'number',
  int: 'number',
  bigint: 'number',
  decimal: 'number',
  date: 'date',
  datetime: 'time',
  timestamp: 'time',
  binary: 'bytes',
  varbinary: 'bytes',
  char: 'text',
  varchar: 'text',
};

/** The character sets of which texts are made up here; with how Node calls them. */
const ENCODINGS: Readonly<Record<string, BufferEncoding>> = {
  ascii: 'latin1',
  latin1: 'latin1',
  utf8mb3: 'utf8',
  utf8mb4: 'utf8',
};

/** How many bytes, or letters, behind those that two values have in common are looked at. */
const DIGITS = 6;

/** Null for a type whose values do not compare as their literals do, or in which no value between two others is known. */
export function keyKind(type: string, charset: string | null): KeyKind | null {
  const kind = KINDS[type.toLowerCase()] ?? null;
  return kind === 'text' && ENCODINGS[charset ?? ''] === undefined ? null : kind;
}

/**
 * A value as a literal that compares as the column does.
 * @param value as the server wrote it; in hexadecimal digits where it is of bytes or letters
 * @returns null for a date that there is not: servers do not agree how such compare
 */
export function keyLiteral({ kind, charset, collation }: KeyColumn, value: string): string | null {
  switch (kind) {
    case 'number':
      return value;
    case 'date':
    case 'time':
      return isDate(value) ? `${kind === 'date' ? 'DATE' : 'TIMESTAMP'}'${value}'` : null;
    case 'bytes':
      return `x'${value}'`;
    case 'text':
      return `_${charset} x'${value}' COLLATE ${collation}`;
  }
}

/**
 * Values about in the middle, the best one first, that may be above `low` and not above `high`: the order of a collation can only be
 * guessed, so whoever uses them asks the server.
 */
export function middleValues({ kind, charset }: KeyColumn, low: string, high: string): string[] {
  switch (kind) {
    case 'number': {
      const scale = Math.max(decimals(low), decimals(high));
      return [numberText(middle(scaled(low, scale), scaled(high, scale)), scale)];
    }
    case 'date':
      return [dateText(middle(milliseconds(low) / DAY, milliseconds(high) / DAY) * DAY).slice(0, 10)];
    case 'time':
      return [dateText(middle(milliseconds(low) / SECOND, milliseconds(high) / SECOND) * SECOND)];
    case 'bytes': {
      const [from, to] = [Buffer.from(low, 'hex'), Buffer.from(high, 'hex')];
      const same = firstDifference(from, to);
      const rest = middleDigits([...from.subarray(same)], [...to.subarray(same)], 256);
      return [Buffer.from([...to.subarray(0, same), ...rest]).toString('hex')];
    }
    case 'text': {
      const encoding = ENCODINGS[charset ?? '']!;
      const [from, to] = [low, high].map((value) => Buffer.from(value, 'hex').toString(encoding));
      return middleTexts(from!, to!).map((text) => Buffer.from(text, encoding).toString('hex'));
    }
  }
}

const SECOND = 1000n;
const DAY = 86_400_000n;

function isDate(value: string): boolean {
  const time = Date.parse(`${value.slice(0, 10)}T00:00:00Z`);
  return (
    /^[1-9]\d{3}-/.test(value) && !Number.isNaN(time) && value.startsWith(dateText(BigInt(time)).slice(0, 10))
  );
}

function milliseconds(value: string): bigint {
  return BigInt(Date.parse(`${value.slice(0, 10)}T${value.slice(11, 19) || '00:00:00'}Z`));
}

/** To the second. */
function dateText(time: bigint): string {
  return new Date(Number(time)).toISOString().slice(0, 19).replace('T', ' ');
}

/** The middle of two numbers, rounded up. */
function middle(low: bigint, high: bigint): bigint {
  return high - (high - low) / 2n;
}

function decimals(value: string): number {
  return (value.split('.')[1] ?? '').length;
}

function scaled(value: string, scale: number): bigint {
  const [whole = '', fraction = ''] = value.replace('-', '').split('.');
  const size = BigInt(whole + fraction.padEnd(scale, '0'));
  return value.startsWith('-') ? -size : size;
}

function numberText(size: bigint, scale: number): string {
  const digits = String(size < 0n ? -size : size).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale);
  return `${size < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The middle of two sequences of digits, which are compared from the first on. */
function middleDigits(low: readonly number[], high: readonly number[], base: number): number[] {
  const numberOf = (digits: readonly number[]): bigint =>
    Array.from({ length: DIGITS }, (_, index) => BigInt(digits[index] ?? 0)).reduce(
      (number, digit) => number * BigInt(base) + digit,
      0n,
    );
  let rest = middle(numberOf(low), numberOf(high));
  const digits: number[] = [];
  for (let index = 0; index < DIGITS; index += 1) {
    digits.unshift(Number(rest % BigInt(base)));
    rest /= BigInt(base);
  }
  return digits;
}

/** Where two sequences begin to differ. */
function firstDifference(low: ArrayLike<unknown>, high: ArrayLike<unknown>): number {
  let place = 0;
  while (place < high.length && low[place] === high[place]) place += 1;
  return place;
}

/** Most collations have digits, then letters whatever their case: nothing is made of the signs between. */
function middleTexts(low: string, high: string): string[] {
  const hasSmall = /[a-z]/.test(low + high);
  const same = firstDifference(Array.from(low), Array.from(high));
  const [from, to] = [low, high].map((text) =>
    Array.from(hasSmall ? text.toLowerCase() : text, (letter) => letter.codePointAt(0)!).slice(same),
  );
  // Behind the first one that differs, too, there should only be letters such as are there.
  const base = Math.max(0x7a, ...from!, ...to!) + 1;
  const letters = middleDigits(from!, to!, base).map((point) => {
    if (point < 0x30) return 0x30;
    if (point > 0x39 && point < 0x41) return 0x41;
    if (hasSmall && point > 0x39 && point < 0x61) return 0x61;
    if (point > 0x7a && point < 0xc0) return 0x7a;
    return point >= 0xd800 && point < 0xe000 ? 0xe000 : point;
  });
  const beginning = Array.from(high).slice(0, same).join('');
  return [String.fromCodePoint(...letters), 'm', '5', 'f', 't'].map((rest) => beginning + rest);
}
