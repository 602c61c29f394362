import { HoldfastError } from './errors.ts';
import { compileNamePattern, type NamePattern } from './name-pattern.ts';
import { printable } from './printable.ts';

const MOST_PATTERNS = 10_000;
/** Of their regular expressions together. */
const MOST_STATES = 100_000;

/** How patterns are written, for people whose pattern matches nothing. @param fold as in `TablePatterns` */
export function patternHint(fold: (letter: string) => string): string {
  const letters =
    fold('A') === 'A'
      ? 'capital and small letters differ'
      : 'letters outside double quotes are read as small ones';
  return `${letters}; a dot separates schema and name`;
}

/** The patterns of an option that chooses tables; remembers which of them matched something. */
export class TablePatterns {
  /** The option's name, for messages. */
  readonly option: string;
  readonly #patterns: readonly (NamePattern & { readonly text: string })[];
  readonly #matched = new Set<string>();

  /**
   * @param option its name
   * @param fold how the database folds a letter of a name without quotes
   * @throws HoldfastError `usage` for what is no pattern, and for too many
   */
  constructor(option: string, patterns: readonly string[], fold: (letter: string) => string) {
    if (patterns.length > MOST_PATTERNS) {
      throw new HoldfastError('usage', `--${option} has more than ${MOST_PATTERNS} patterns.`, {
        hint: 'Choose more tables with one pattern: a star stands for any letters.',
      });
    }
    this.option = option;
    const budget = { states: MOST_STATES };
    this.#patterns = patterns.map((text) => ({ text, ...compileNamePattern(text, fold, option, budget) }));
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  matches(schema: string, name: string): boolean {
    let isMatch = false;
    for (const pattern of this.#patterns) {
      // What has matched before is known, and need not be tried once another one does.
      if (isMatch && this.#matched.has(pattern.text)) continue;
      if (!pattern.matches(schema, name)) continue;
      isMatch = true;
      this.#matched.add(pattern.text);
    }
    return isMatch;
  }

  /** Patterns that nothing matched so far. */
  unmatched(): string[] {
    return this.#patterns.map(({ text }) => text).filter((text) => !this.#matched.has(text));
  }

  /** @throws HoldfastError `usage` for a pattern that names another database than this */
  requireDatabase(name: string): void {
    const other = this.#patterns.find(({ database }) => database !== null && database !== name);
    if (other === undefined) return;
    throw new HoldfastError(
      'usage',
      `--${this.option} ${printable(other.text)} is of another database than ${printable(name)}: references across databases are not implemented.`,
      { hint: 'Give schema.name, or the name in double quotes if the dots belong to it.' },
    );
  }
}
