import type { SourcePart } from '../../engine.ts';
import type { RowText } from './row-text.ts';

/**
 * What `text` makes of its rows, a part at a time.
 * @param advance brings it more of them; false when those were the last
 */
export async function* cutParts(
  advance: () => Promise<boolean>,
  text: RowText,
): AsyncGenerator<SourcePart, void, void> {
  let hasEnded = false;
  const next = async (): Promise<ReturnType<RowText['take']>> => {
    for (;;) {
      const piece = text.take();
      if (piece !== undefined || hasEnded) return piece;
      if (await advance()) continue;
      hasEnded = true;
      text.finish();
    }
  };
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    const part = new Part(text, piece, next);
    yield part;
    if (!part.hasEnded) throw new Error('a part must be read to its end before the next one');
  }
}

type Piece = NonNullable<ReturnType<RowText['take']>>;

class Part implements SourcePart {
  readonly #text: RowText;
  readonly #next: () => Promise<Piece | undefined>;
  /** What comes next, where it is known. */
  #first: Piece | undefined;
  #rows: number | undefined;

  constructor(text: RowText, first: Piece, next: () => Promise<Piece | undefined>) {
    this.#text = text;
    this.#first = first;
    this.#next = next;
  }

  get hasEnded(): boolean {
    return this.#rows !== undefined;
  }

  rows(): number {
    return this.#rows ?? 0;
  }

  get chunks(): AsyncIterable<Buffer> {
    return this.#chunks();
  }

  async fill(target: Buffer): Promise<number> {
    let size = 0;
    while (size < target.length) {
      const chunk = await this.#chunk();
      if (chunk === undefined) break;
      const taken = chunk.copy(target, size);
      size += taken;
      if (taken < chunk.length) this.#first = chunk.subarray(taken);
      else this.#text.blocks.copied(chunk);
    }
    return size;
  }

  async *#chunks(): AsyncGenerator<Buffer, void, void> {
    for (let chunk = await this.#chunk(); chunk !== undefined; chunk = await this.#chunk()) {
      this.#text.blocks.kept(chunk);
      yield chunk;
    }
  }

  async #chunk(): Promise<Buffer | undefined> {
    if (this.hasEnded) return undefined;
    const piece = this.#first ?? (await this.#next());
    this.#first = undefined;
    if (piece === undefined || Buffer.isBuffer(piece)) return piece;
    this.#rows = piece.rows;
    return undefined;
  }
}
