/** A generator of numbers that gives the same ones for the same seed (mulberry32, by Tommy Ettinger, in the public domain). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * sides);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.roll(items.length)] as Item;
  }
}

/** A document as a web application for reports keeps it. Its texts need no escape but for line breaks and quotes. */
export interface Document {
  readonly id: number;
  readonly title: string;
  /** As JSON. */
  readonly data: string;
  readonly tags: readonly string[];
  /** Random bytes, in hex. */
  readonly hash: string;
  readonly body: string;
  /** UTC, to the microsecond. */
  readonly created: string;
}

const SYLLABLES =
  'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu zar bel cor dun fes gri hol jas kem lin mor nat pol rus tor vig';
const ACCENTS = ['é', 'ß', '漢字', '🙂', 'ø'];
const WORDS = 6000;
const PHRASES = 1500;

/** Texts as people write them: words of which few are frequent, and phrases that come again. */
export class Prose {
  readonly #dice: Dice;
  readonly #words: string[];
  readonly #phrases: string[];

  constructor(dice: Dice) {
    this.#dice = dice;
    const syllables = SYLLABLES.split(' ');
    this.#words = Array.from({ length: WORDS }, (_, number) => {
      const word = Array.from({ length: 1 + dice.roll(4) }, () => dice.pick(syllables)).join('');
      return number % 97 === 0 ? word + dice.pick(ACCENTS) : word;
    });
    this.#phrases = Array.from({ length: PHRASES }, () => this.sentence());
  }

  word(): string {
    // The product of two rolls is small more often than large.
    const rank = (this.#dice.roll(WORDS) * this.#dice.roll(1000)) / 1000;
    return this.#words[Math.floor(rank)] as string;
  }

  sentence(): string {
    return `${Array.from({ length: 6 + this.#dice.roll(12) }, () => this.word()).join(' ')}.`;
  }

  /** @param sentences how many; three in four are phrases that others have too */
  text(sentences: number): string {
    let text = '';
    for (let number = 1; number <= sentences; number++) {
      text += this.#dice.roll(4) === 0 ? this.sentence() : this.#dice.pick(this.#phrases);
      text += number % 6 === 0 ? '\n\n' : ' ';
    }
    return text;
  }
}

const STATES = ['open', 'in progress', 'finished', 'retested'];

/** `count` documents of about 9 KB, the same ones for the same seed. */
export function* documents(count: number, seed: number): Generator<Document, void, void> {
  const dice = new Dice(seed);
  const prose = new Prose(dice);
  for (let id = 1; id <= count; id++) {
    const finding = (): object => ({
      id: hexDigits(dice, 32),
      title: prose.sentence(),
      status: dice.pick(STATES),
      score: dice.roll(100) / 10,
      affected: Array.from({ length: dice.roll(4) }, () => `https://${prose.word()}.example/${prose.word()}`),
    });
    const second = dice.roll(60);
    yield {
      id,
      title: prose.sentence(),
      data: JSON.stringify({ customer: prose.word(), findings: [finding(), finding(), finding()] }),
      tags: [prose.word(), prose.word(), `${prose.word()} ${prose.word()}`],
      hash: hexDigits(dice, 128),
      body: prose.text(75),
      created: `2026-0${1 + dice.roll(9)}-1${dice.roll(10)} 1${dice.roll(10)}:3${dice.roll(10)}:${String(second).padStart(2, '0')}.${100_000 + dice.roll(900_000)}`,
    };
  }
}

/** @param count even */
function hexDigits(dice: Dice, count: number): string {
  let digits = '';
  while (digits.length < count) digits += dice.roll(0x1000_0000).toString(16).padStart(7, '0');
  return digits.slice(0, count);
}
