import { HoldfastError } from '../core/errors.ts';
import { redactArgument } from '../core/redact.ts';
import type { OptionName } from './options.ts';

/** In milliseconds; the units of PostgreSQL's own time settings, whose numbers without a unit are milliseconds too. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
/** What PostgreSQL's time settings hold: 2^31 - 1. */
const MAX_MILLISECONDS = 2_147_483_647;

/**
 * The value in milliseconds of an option that is a time.
 * @throws HoldfastError `usage` for anything but a positive number with a unit
 */
export function parseDuration(option: OptionName, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = 'ms'] = /^(\d+)\s*(ms|s|min|h)?$/.exec(text.trim()) ?? [];
  const milliseconds = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (milliseconds >= 1 && milliseconds <= MAX_MILLISECONDS) return milliseconds;
  throw new HoldfastError('usage', `--${option} ${redactArgument(text)} is no time above zero.`, {
    hint: 'Give a whole number with its unit, as 500ms, 30s, 5min or 1h, at most 24 days.',
  });
}
