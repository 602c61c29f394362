import { HoldfastError } from './errors.ts';
import { compileNamePattern, type NamePattern } from './name-pattern.ts';
import { printable } from './printable.ts';

/** The patterns of an option that chooses tables; remembers which of them matched something. */
export class TablePatterns {
  /** The option's name, for messages. */
  readonly option: string;
  readonly #patterns: readonly (NamePattern & { readonly text: string })[];
  readonly #matched = new Set<string>();

  /**
   * @param option its name
   * @param fold how the database folds a letter of a name without quotes
   * @throws HoldfastError `usage` for what is no pattern
   */
  constructor(option: string, patterns: readonly string[], fold: (letter: string) => string) {
    this.option = option;
    this.#patterns = patterns.map((text) => ({ text, ...compileNamePattern(text, fold, option) }));
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
