const BACKQUOTE = 0x60;
const LINE_FEED = 0x0a;
const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;
const COMMA = 0x2c;
const ZERO = 0x30;

/** Counts, in a statement of rows that passes by, the values of some columns that are a bare `0`. */
export class ZeroLiterals {
  readonly #columns: ReadonlySet<number>;
  #count = 0;

  /** @param columns their places among those that the rows hold, from 0 */
  constructor(columns: ReadonlySet<number>) {
    this.#columns = columns;
  }

  get count(): number {
    return this.#count;
  }

  async *watch(statement: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const columns = this.#columns;
    let inHeader = true;
    let inName = false;
    let inRow = false;
    let inText = false;
    let isEscaped = false;
    let column = 0;
    let length = 0;
    let isZero = false;
    for await (const piece of statement) {
      for (let position = 0; position < piece.length; position += 1) {
        const byte = piece[position];
        if (inHeader) {
          if (byte === BACKQUOTE) inName = !inName;
          else if (byte === LINE_FEED && !inName) inHeader = false;
        } else if (isEscaped) {
          isEscaped = false;
        } else if (inText) {
          if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) inText = false;
        } else if (!inRow) {
          if (byte === OPEN) [inRow, column, length] = [true, 0, 0];
        } else if (byte === COMMA || byte === CLOSE) {
          if (isZero && length === 1 && columns.has(column)) this.#count += 1;
          column += 1;
          length = 0;
          inRow = byte === COMMA;
        } else {
          inText = byte === QUOTE;
          isZero = byte === ZERO;
          length += 1;
        }
      }
      yield piece;
    }
  }
}
