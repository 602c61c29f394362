import { textOf } from '../../../../core/byte-text.ts';
import type { Row, RowHandler } from '../session.ts';

/** Keeps the rows of a small result. */
export class CollectRows implements RowHandler {
  readonly rows: Row[] = [];
  readonly #names: readonly string[];
  #row: Record<string, string | null> = {};
  #pieces: Buffer[] = [];

  constructor(names: readonly Buffer[]) {
    this.#names = names.map((name) => textOf(name));
  }

  null(column: number): void {
    this.#row[this.#names[column]!] = null;
  }

  bytes(column: number, buffer: Buffer, start: number, end: number, isLast: boolean): void {
    const piece = buffer.subarray(start, end);
    if (isLast && this.#pieces.length === 0) this.#row[this.#names[column]!] = textOf(piece);
    // Where it lies is used again.
    else this.#pieces.push(Buffer.from(piece));
    if (!isLast || this.#pieces.length === 0) return;
    this.#row[this.#names[column]!] = textOf(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  end(): void {
    this.rows.push(this.#row);
    this.#row = {};
  }
}

/** For the rows of a result that nobody reads. */
export const noRows: RowHandler = {
  null: () => undefined,
  bytes: () => undefined,
  end: () => undefined,
};
