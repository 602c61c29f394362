import type { RowHandler } from '../session.ts';
import { extraBytes, NULL_VALUE, ProtocolError } from './protocol.ts';

/** Takes the values out of text rows, whose bytes come in pieces that are cut anywhere. Nothing is copied or kept. */
export class RowValues {
  readonly #columns: number;
  readonly #handler: RowHandler;
  #column = 0;
  /** How much of the value at hand is to come. */
  #left = 0;
  /** Bytes of a value's length that are to come, and what is known of it. */
  #lengthBytes = 0;
  #length = 0;
  #weight = 1;

  constructor(columns: number, handler: RowHandler) {
    this.#columns = columns;
    this.#handler = handler;
  }

  /** Takes the next piece of a row. */
  take(buffer: Buffer, start: number, end: number): void {
    let position = start;
    if (this.#lengthBytes > 0) position = this.#takeLength(buffer, position, end);
    if (this.#left > 0) position = this.#takeValue(buffer, position, end);
    const handler = this.#handler;
    let column = this.#column;
    while (position < end) {
      const lead = buffer[position]!;
      if (lead < NULL_VALUE) {
        const next = position + 1 + lead;
        if (next > end) {
          this.#column = column;
          this.#left = lead;
          this.#takeValue(buffer, position + 1, end);
          return;
        }
        handler.bytes(column, buffer, position + 1, next, true);
        position = next;
        column += 1;
      } else if (lead === NULL_VALUE) {
        handler.null(column);
        column += 1;
        position += 1;
      } else {
        this.#column = column;
        this.#lengthBytes = extraBytes(lead);
        this.#length = 0;
        this.#weight = 1;
        position = this.#takeLength(buffer, position + 1, end);
        if (this.#left > 0) position = this.#takeValue(buffer, position, end);
        column = this.#column;
      }
    }
    this.#column = column;
  }

  /** The row's last byte was taken. @throws ProtocolError when it is not what the columns ask for */
  end(): void {
    if (this.#column !== this.#columns || this.#left > 0 || this.#lengthBytes > 0) {
      throw new ProtocolError('a row does not have the values that were announced');
    }
    this.#column = 0;
    this.#handler.end();
  }

  #takeLength(buffer: Buffer, start: number, end: number): number {
    let position = start;
    while (this.#lengthBytes > 0 && position < end) {
      this.#length += buffer[position]! * this.#weight;
      this.#weight *= 256;
      this.#lengthBytes -= 1;
      position += 1;
    }
    if (this.#lengthBytes > 0) return position;
    this.#left = this.#length;
    if (this.#left === 0) this.#takeValue(buffer, position, position);
    return position;
  }

  /** Hands on a piece of a value that began before, or that does not end in this buffer. */
  #takeValue(buffer: Buffer, start: number, end: number): number {
    const next = Math.min(end, start + this.#left);
    this.#left -= next - start;
    const isLast = this.#left === 0;
    if (isLast || next > start) this.#handler.bytes(this.#column, buffer, start, next, isLast);
    if (isLast) this.#column += 1;
    return next;
  }
}
