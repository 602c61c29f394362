import { HoldfastError } from './errors.ts';

/** The value of a connection's parameter, which must be one of `allowed`. @throws HoldfastError `usage` naming parameter and value */
export function choice<Value extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new HoldfastError('usage', `${name} cannot be "${value}".`, {
    hint: `Use one of: ${allowed.join(', ')}.`,
  });
}

/** The value of a connection's parameter as a whole number from `least` to `most`. @throws HoldfastError `usage` naming parameter and value */
export function wholeNumber(
  name: string,
  value: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\s*[+-]?\d{1,10}\s*$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new HoldfastError('usage', `${name} cannot be "${value}".`, {
    hint: `It is a whole number from ${least} to ${most}.`,
  });
}
