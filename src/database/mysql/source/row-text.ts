import type { RowHandler } from '../connection/session.ts';
import { Blocks } from './blocks.ts';
import { copyBytes, encodeRow, mostAround } from './encode-row.ts';
import { escapes, type LiteralForm } from './literals.ts';

/** Up to so many bytes a statement has, all in all, unless one row alone has more. */
export const STATEMENT_BYTES = 1_000_000;

const BLOCK_BYTES = 1 << 18;
/** Above all that is written in one go; a block with less room is full. */
const MARGIN = 64;

const [space, comma, open] = [0x20, 0x2c, 0x28];
const backslash = 0x5c;
const rowEnd = Buffer.from(')\n');
const nullText = Buffer.from('NULL');
const statementEnd = Buffer.from(';\n');

/** That a part is complete. */
interface PartEnd {
  readonly rows: number;
}

/**
 * Writes rows as INSERT statements, a row a line, and cuts them into parts. A statement is closed before the row that would
 * make it larger than STATEMENT_BYTES; a part ends with the row that makes it have `partBytes`. That depends on the rows
 * alone, so the same rows give the same bytes. A value is copied once, from where it lies into the block that is handed on;
 * of a row no more is held than a statement may have.
 */
export class RowText implements RowHandler {
  /** The largest statement up to now, in bytes. */
  largestStatement = 0;
  readonly #head: Buffer;
  readonly #forms: readonly LiteralForm[];
  readonly #around: number;
  readonly #partBytes: number;
  readonly #ready: (Buffer | PartEnd)[] = [];

  /** What the pieces lie in. */
  readonly blocks = new Blocks(BLOCK_BYTES);
  #block = this.blocks.take();
  #at = 0;
  /** Where in the block begins what is not handed on. */
  #from = 0;
  /** What lies before the block of a row that may have to begin a statement of its own. */
  #held: Buffer[] = [];
  /** How much of what is held, or of the block, lies before the row. */
  #before = 0;
  #inRow = false;
  #inValue = false;

  /** Of the row as far as it lies before the block, less where it begins in its block. */
  #rowBytes = 0;
  /** Of the statement without the row; none is open when it is 0. */
  #statementBytes = 0;
  #statementRows = 0;
  /** Of the part's statements that are closed. */
  #closedBytes = 0;
  #partRows = 0;

  /** @param head what a statement begins with: `INSERT INTO … VALUES` and a line break */
  constructor(head: Buffer, forms: readonly LiteralForm[], partBytes: number) {
    this.#head = head;
    this.#forms = forms;
    this.#around = mostAround(forms);
    this.#partBytes = partBytes;
  }

  /** What is ready of the text, a part's end, or undefined: then more rows are needed. */
  take(): Buffer | PartEnd | undefined {
    return this.#ready.shift();
  }

  /** No rows come any more. */
  finish(): void {
    if (this.#partRows > 0) this.#endPart();
  }

  null(column: number): void {
    this.#separate(column);
    this.#write(nullText);
  }

  bytes(column: number, buffer: Buffer, start: number, end: number, isLast: boolean): void {
    const form = this.#forms[column]!;
    if (!this.#inValue) {
      this.#separate(column);
      if (isLast && start === end) return this.#write(form.empty);
      this.#write(form.open);
      this.#inValue = true;
    }
    if (form.isEscaped) this.#writeEscaped(buffer, start, end);
    else this.#writeBytes(buffer, start, end);
    if (!isLast) return;
    this.#write(form.close);
    this.#inValue = false;
  }

  end(): void {
    this.#write(rowEnd);
    const rowBytes = this.#rowBytes + this.#at;
    if (this.#startsTooLate(rowBytes)) this.#splitBeforeRow();
    if (this.#held.length > 0) for (const piece of this.#held.splice(0)) this.#ready.push(piece);
    this.#inRow = false;
    this.#addRow(rowBytes);
  }

  #addRow(rowBytes: number): void {
    this.#statementBytes += rowBytes;
    this.#statementRows += 1;
    this.#partRows += 1;
    if (this.#closedBytes + this.#statementBytes + statementEnd.length >= this.#partBytes) this.#endPart();
  }

  row(buffer: Buffer, start: number, end: number): boolean {
    const most = 2 * (end - start) + this.#around;
    if (this.#at + most > BLOCK_BYTES) {
      if (most > BLOCK_BYTES) return false;
      this.#nextBlock();
    }
    if (this.#statementRows === 0) this.#openStatement();
    const block = this.#block;
    const from = this.#at;
    const rowBytes = encodeRow(this.#forms, buffer, start, end, block, from + 1) - from;
    if (this.#startsTooLate(rowBytes)) {
      this.#handOn();
      this.#closeStatement();
      this.#openStatement();
    }
    block[from] = this.#statementRows === 0 ? space : comma;
    this.#at = from + rowBytes;
    this.#addRow(rowBytes);
    return true;
  }

  /** Writes what stands before a value. */
  #separate(column: number): void {
    if (this.#at + MARGIN > BLOCK_BYTES) this.#nextBlock();
    if (this.#inRow) {
      if (column > 0) this.#block[this.#at++] = comma;
      return;
    }
    if (this.#statementRows === 0) this.#openStatement();
    this.#before = this.#at - this.#from;
    this.#rowBytes = -this.#at;
    this.#inRow = true;
    this.#block[this.#at++] = this.#statementRows === 0 ? space : comma;
    this.#block[this.#at++] = open;
  }

  #write(text: Buffer): void {
    if (this.#at + MARGIN > BLOCK_BYTES) this.#nextBlock();
    const block = this.#block;
    let at = this.#at;
    for (let index = 0; index < text.length; index += 1) block[at++] = text[index]!;
    this.#at = at;
  }

  #writeBytes(buffer: Buffer, start: number, end: number): void {
    for (let position = start; position < end;) {
      if (this.#at + MARGIN > BLOCK_BYTES) this.#nextBlock();
      const stop = Math.min(end, position + BLOCK_BYTES - this.#at);
      this.#at = copyBytes(buffer, position, stop, this.#block, this.#at);
      position = stop;
    }
  }

  #writeEscaped(buffer: Buffer, start: number, end: number): void {
    for (let position = start; position < end;) {
      if (this.#at + MARGIN > BLOCK_BYTES) this.#nextBlock();
      const block = this.#block;
      let at = this.#at;
      // A byte takes two at most.
      const stop = Math.min(end, position + ((BLOCK_BYTES - at) >> 1));
      while (position < stop) {
        const begin = position;
        while (position < stop && escapes[buffer[position]!] === 0) position += 1;
        at = copyBytes(buffer, begin, position, block, at);
        if (position === stop) break;
        block[at++] = backslash;
        block[at++] = escapes[buffer[position++]!]!;
      }
      this.#at = at;
    }
  }

  #nextBlock(): void {
    const full = this.#block.subarray(this.#from, this.#at);
    if (this.#inRow) {
      if (this.#startsTooLate(this.#rowBytes + this.#at)) {
        this.#held.push(full);
        this.#from = this.#at;
        this.#splitBeforeRow();
        for (const piece of this.#held.splice(0)) this.#ready.push(piece);
      } else if (this.#statementRows > 0) {
        this.#held.push(full);
      } else {
        this.#ready.push(full);
      }
      this.#rowBytes += this.#at;
    } else {
      this.#ready.push(full);
    }
    this.#block = this.blocks.take();
    this.#at = 0;
    this.#from = 0;
  }

  /** Whether a row of so many bytes does not fit into the statement that is open. */
  #startsTooLate(rowBytes: number): boolean {
    return this.#statementRows > 0 && this.#statementBytes + rowBytes + statementEnd.length > STATEMENT_BYTES;
  }

  /** Makes ready what the block holds. */
  #handOn(): void {
    if (this.#at > this.#from) this.#ready.push(this.#block.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  #openStatement(): void {
    this.#handOn();
    this.#ready.push(this.#head);
    this.#statementBytes = this.#head.length;
  }

  /** Lets the row that has begun be the first of a statement. */
  #splitBeforeRow(): void {
    const first = this.#held[0] ?? this.#block.subarray(this.#from, this.#at);
    if (this.#before > 0) this.#ready.push(first.subarray(0, this.#before));
    this.#closeStatement();
    this.#ready.push(this.#head);
    this.#statementBytes = this.#head.length;
    first[this.#before] = space;
    if (this.#held.length > 0) this.#held[0] = first.subarray(this.#before);
    else this.#from += this.#before;
    this.#before = 0;
  }

  #closeStatement(): void {
    this.#ready.push(statementEnd);
    this.#statementBytes += statementEnd.length;
    this.largestStatement = Math.max(this.largestStatement, this.#statementBytes);
    this.#closedBytes += this.#statementBytes;
    this.#statementBytes = 0;
    this.#statementRows = 0;
  }

  #endPart(): void {
    this.#handOn();
    this.#closeStatement();
    this.#ready.push({ rows: this.#partRows });
    this.#closedBytes = 0;
    this.#partRows = 0;
  }
}
