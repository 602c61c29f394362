/** Thrown for what is no regular expression, or one beyond those of `compileExpression`; the message is a clause. */
export class ExpressionError extends Error {}

type Node =
  | { readonly type: 'character'; readonly test: (code: number) => boolean }
  | { readonly type: 'begin' | 'end' }
  | { readonly type: 'sequence' | 'choice'; readonly items: readonly Node[] }
  | { readonly type: 'repeat'; readonly item: Node; readonly least: number; readonly most: number };

/** What `{m,n}` may ask for at most, as PostgreSQL has it. */
const MOST_REPEATS = 255;
/** Nested repeats multiply. */
const MOST_STATES = 20_000;

/** How many states several expressions may have together: each takes memory, and time in every test. */
export interface Budget {
  states: number;
}

/**
 * A test for texts in which an advanced regular expression as PostgreSQL has them is found: literals, `.`, brackets, `|`,
 * groups, `*`, `+`, `{m,n}`, `^`, `$` and escaped punctuation. Letters after a backslash and classes by name hang on
 * the server's locale, and are refused. Time is bounded by the product of both lengths: nothing is ever tried again.
 * @param budget what is left for it; what it takes is taken off
 * @throws ExpressionError
 */
export function compileExpression(
  expression: string,
  budget: Budget = { states: MOST_STATES },
): (text: string) => boolean {
  const automaton = new Automaton(budget);
  const start = automaton.add(new Parser(expression).parse(), automaton.end);
  return (text) => automaton.finds(start, text);
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(expression: string) {
    this.#characters = Array.from(expression);
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#characters.length) throw new ExpressionError('parentheses are not balanced');
    return node;
  }

  #choice(): Node {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return { type: 'choice', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#repeated(this.#atom()));
    }
    return { type: 'sequence', items };
  }

  #repeated(item: Node): Node {
    const bounds = this.#quantifier();
    if (bounds === undefined) return item;
    if (item.type === 'begin' || item.type === 'end') throw noOperand();
    return { type: 'repeat', item, ...bounds };
  }

  #quantifier(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Infinity };
    if (this.#take('+')) return { least: 1, most: Infinity };
    if (this.#take('?')) return { least: 0, most: 1 };
    const [text, low, comma, high] = /^\{(\d+)(,(\d*))?\}/.exec(this.#rest(12)) ?? [];
    if (text === undefined) {
      if (/^\{\d/.test(this.#rest(2))) throw new ExpressionError('the numbers in {} are not valid');
      return undefined;
    }
    this.#at += text.length;
    const least = Number(low);
    const most = comma === undefined ? least : high === '' ? Infinity : Number(high);
    if (least > most || least > MOST_REPEATS || (most > MOST_REPEATS && most !== Infinity)) {
      throw new ExpressionError('the numbers in {} are not valid');
    }
    return { least, most };
  }

  #atom(): Node {
    if (this.#quantifier() !== undefined) throw noOperand();
    const character = this.#characters[this.#at++] as string;
    if (character === '.') return { type: 'character', test: () => true };
    if (character === '^') return { type: 'begin' };
    if (character === '$') return { type: 'end' };
    if (character === '[') return { type: 'character', test: this.#bracket() };
    if (character === '(') {
      const node = this.#choice();
      if (!this.#take(')')) throw new ExpressionError('parentheses are not balanced');
      return node;
    }
    const code = codeOf(character === '\\' ? this.#escaped() : character);
    return { type: 'character', test: (other) => other === code };
  }

  #escaped(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new ExpressionError('there is nothing after the last backslash');
    if (/[\p{L}\p{N}]/u.test(character)) throw new ExpressionError(`\\${character} is not supported`);
    return character;
  }

  #bracket(): (code: number) => boolean {
    const isNegated = this.#take('^');
    const ranges: [number, number][] = [];
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      const isRange = this.#peek() === '-' && !isFirst && this.#peek(1) !== ']';
      if (isRange) throw new ExpressionError('a range in brackets is not valid');
      const low = this.#bracketed();
      let high = low;
      if (this.#peek() === '-' && this.#peek(1) !== ']') {
        this.#at += 1;
        high = this.#bracketed();
      }
      if (low > high) throw new ExpressionError('a range in brackets is not valid');
      ranges.push([low, high]);
    }
    this.#at += 1;
    return (code) => ranges.some(([low, high]) => low <= code && code <= high) !== isNegated;
  }

  #bracketed(): number {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new ExpressionError('brackets are not balanced');
    const next = this.#peek();
    if (character === '[' && next !== undefined && '.:='.includes(next)) {
      throw new ExpressionError(`[${next} in brackets is not supported`);
    }
    return codeOf(character === '\\' ? this.#escaped() : character);
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #rest(length: number): string {
    return this.#characters.slice(this.#at, this.#at + length).join('');
  }
}

function noOperand(): ExpressionError {
  return new ExpressionError('there is nothing that a quantifier (*, + or {}) could repeat');
}

function codeOf(character: string): number {
  return character.codePointAt(0) as number;
}

interface State {
  /** Null for one that is passed without a character. */
  readonly test: ((code: number) => boolean) | null;
  readonly where: 'anywhere' | 'begin' | 'end';
  readonly next: number[];
}

/** States and their ways, all of which are gone at a time. */
class Automaton {
  readonly end: number;
  readonly #budget: Budget;
  readonly #states: State[] = [];

  constructor(budget: Budget) {
    this.#budget = budget;
    this.end = this.#state(null, []);
  }

  /** Adds the states of `node`, from which the way leads to `next`; returns the first. */
  add(node: Node, next: number): number {
    switch (node.type) {
      case 'character':
        return this.#state(node.test, [next]);
      case 'begin':
      case 'end':
        return this.#state(null, [next], node.type);
      case 'sequence':
        return node.items.reduceRight((after, item) => this.add(item, after), next);
      case 'choice':
        return this.#state(
          null,
          node.items.map((item) => this.add(item, next)),
        );
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  finds(start: number, text: string): boolean {
    const codes = Array.from(text, codeOf);
    let current: number[] = [];
    for (let at = 0; ; at += 1) {
      const reached = this.#reach([...current, start], at === 0, at === codes.length);
      if (reached.has(this.end)) return true;
      const code = codes[at];
      if (code === undefined) return false;
      current = [];
      for (const index of reached) {
        const { test, next } = this.#states[index] as State;
        if (test?.(code) === true) current.push(...next);
      }
    }
  }

  #repeat({ item, least, most }: Node & { type: 'repeat' }, next: number): number {
    let after = next;
    if (most === Infinity) {
      const loop = this.#state(null, [next]);
      (this.#states[loop] as State).next.push(this.add(item, loop));
      after = loop;
    }
    for (let optional = least; optional < most && most !== Infinity; optional += 1) {
      after = this.#state(null, [next, this.add(item, after)]);
    }
    for (let needed = 0; needed < least; needed += 1) after = this.add(item, after);
    return after;
  }

  #state(test: State['test'], next: number[], where: State['where'] = 'anywhere'): number {
    if (this.#states.length >= MOST_STATES) throw new ExpressionError('it repeats too much');
    if (this.#budget.states <= 0) throw new ExpressionError('it is too much beside the other patterns');
    this.#budget.states -= 1;
    return this.#states.push({ test, where, next }) - 1;
  }

  /** All states that can be had without a character. */
  #reach(from: readonly number[], isBegin: boolean, isEnd: boolean): Set<number> {
    const reached = new Set<number>();
    const open = [...from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (reached.has(index)) continue;
      const { test, where, next } = this.#states[index] as State;
      if ((where === 'begin' && !isBegin) || (where === 'end' && !isEnd)) continue;
      reached.add(index);
      if (test === null) open.push(...next);
    }
    return reached;
  }
}
