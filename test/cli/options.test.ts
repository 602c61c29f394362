import { describe, expect, it } from 'vitest';
import { environmentTwin } from '../../src/cli/environment.ts';
import { readOptions } from '../../src/cli/options.ts';
import { HoldfastError } from '../../src/core/errors.ts';

describe('readOptions', () => {
  it('takes the command line before the environment', () => {
    const env = { HOLDFAST_DATABASE: 'postgres://b', HOLDFAST_KEY_FILE: 'k' };
    expect(readOptions(['database', 'key-file'], { database: 'postgres://a' }, env)).toEqual({
      database: 'postgres://a',
      'key-file': 'k',
    });
  });

  it('splits lists of the environment at commas and reads switches', () => {
    const env = {
      HOLDFAST_STORAGE: 'a=/x,/y',
      HOLDFAST_YES: 'true',
      HOLDFAST_QUICK: '0',
      HOLDFAST_JSON: 'no',
    };
    expect(readOptions(['storage', 'yes', 'quick', 'json', 'quiet', 'file'], {}, env)).toEqual({
      storage: ['a=/x', '/y'],
      yes: true,
      quick: false,
      json: false,
      quiet: false,
      file: [],
    });
  });

  it('takes a switch of the command line over the environment', () => {
    expect(readOptions(['yes'], { yes: false }, { HOLDFAST_YES: '1' })).toEqual({ yes: false });
  });

  it('refuses an option that is given twice, or without a value', () => {
    expect(() => readOptions(['database'], { database: ['a', 'b'] }, {})).toThrow(HoldfastError);
    expect(() => readOptions(['database'], { database: '' }, {})).toThrow('--database needs a value');
    expect(() => readOptions(['storage'], { storage: ['a', ''] }, {})).toThrow('--storage needs a value');
  });

  it('lets an option of the command line win over another one of the environment that says the same', () => {
    const env = { HOLDFAST_KEY: 'k', HOLDFAST_KEY_FILE: 'f', HOLDFAST_QUIET: '1' };
    const names = ['key', 'key-file', 'quiet', 'verbose'] as const;
    expect(readOptions(names, { 'key-file': 'g', verbose: true }, env)).toEqual({
      key: undefined,
      'key-file': 'g',
      quiet: false,
      verbose: true,
    });
    expect(readOptions(['key', 'key-file'], {}, env)).toEqual({ key: 'k', 'key-file': 'f' });
  });

  it('takes no spaces around the commas of a list for a part of its items', () => {
    expect(readOptions(['exclude'], {}, { HOLDFAST_EXCLUDE: '*.tmp, *.log ,' })).toEqual({
      exclude: ['*.tmp', '*.log'],
    });
  });

  it('names twins in capitals with underscores', () => {
    expect(environmentTwin('exclude-table-data')).toBe('HOLDFAST_EXCLUDE_TABLE_DATA');
  });
});
