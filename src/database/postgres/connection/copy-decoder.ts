/** What ends a row in COPY's text formats, in every server encoding: a newline within a value is written `\n`. */
const NEWLINE = 0x0a;

/** Codes of messages (protocol documentation, "Message Formats"). */
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
/** CopyOutResponse, and what may come at any time: ParameterStatus, NoticeResponse, NotificationResponse. */
const PASSED_OVER: readonly number[] = [0x48, 0x53, 0x4e, 0x41];

/** A message begins with its code and its length: four bytes, which count themselves and not the code. */
const HEAD_BYTES = 5;
const LENGTH_BYTES = 4;

/** Where rows are copied to. */
export interface CopyTarget {
  readonly buffer: Buffer;
  /** Where a row that ends there, or past it, is the last one. */
  readonly enough: number;
  used: number;
  /** How many rows have ended in it. */
  rows: number;
  /** True once that last row has ended. */
  isCut: boolean;
}

export function copyTarget(buffer: Buffer, enough = Infinity): CopyTarget {
  return { buffer, enough, used: 0, rows: 0, isCut: false };
}

/** True when it takes no more. */
export function isDone({ buffer, used, isCut }: CopyTarget): boolean {
  return isCut || used === buffer.length;
}

/**
 * Takes the messages of a COPY OUT apart: rows are copied from where they were received into where they are wanted, and
 * nothing is made for a row, of which there may be millions a second. The server sends one CopyData message for each row
 * (protocol documentation, "COPY Operations").
 */
export class CopyDecoder {
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #isRow = false;
  /** Bytes of the message under way that are to come. */
  #rest = 0;
  #hasEnded = false;

  /** True in the middle of a row. */
  get isInRow(): boolean {
    return this.#isRow && this.#rest > 0;
  }

  /** True when the rows have ended. The next byte belongs to a message of which it knows nothing. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Takes `bytes` as far as rows are wanted and none are finished with: to the middle of the next row without a target.
   * @returns how many it took: fewer than there are when `target` is done or the rows have ended
   * @throws Error for what cannot be a message
   */
  take(bytes: Buffer, target: CopyTarget | null): number {
    const end = bytes.length;
    let at = 0;
    while (at < end && !this.#hasEnded) {
      if (this.#rest === 0) {
        at = this.#takeHead(bytes, at);
      } else if (!this.#isRow) {
        const size = Math.min(this.#rest, end - at);
        this.#rest -= size;
        at += size;
      } else {
        if (target === null || target.used === target.buffer.length) break;
        at = this.#takeRow(bytes, at, target);
        if (target.isCut) break;
      }
    }
    return at;
  }

  #takeHead(bytes: Buffer, start: number): number {
    if (this.#headBytes === 0) {
      const code = bytes[start]!;
      if (code !== COPY_DATA && code !== COPY_DONE && !PASSED_OVER.includes(code)) {
        this.#hasEnded = true;
        return start;
      }
      if (bytes.length - start >= HEAD_BYTES) return this.#beginMessage(bytes, start);
    }
    const size = Math.min(HEAD_BYTES - this.#headBytes, bytes.length - start);
    bytes.copy(this.#head, this.#headBytes, start, start + size);
    this.#headBytes += size;
    if (this.#headBytes === HEAD_BYTES) {
      this.#headBytes = 0;
      this.#beginMessage(this.#head, 0);
    }
    return start + size;
  }

  #beginMessage(head: Buffer, at: number): number {
    const length =
      (head[at + 1]! << 24) | (head[at + 2]! << 16) | (head[at + 3]! << 8) | head[at + LENGTH_BYTES]!;
    if (length < LENGTH_BYTES) throw new Error(`the server sent a message of ${length} bytes`);
    this.#isRow = head[at] === COPY_DATA;
    this.#hasEnded = head[at] === COPY_DONE;
    this.#rest = length - LENGTH_BYTES;
    return at + HEAD_BYTES;
  }

  #takeRow(bytes: Buffer, at: number, target: CopyTarget): number {
    const { buffer, used } = target;
    const size = Math.min(this.#rest, bytes.length - at, buffer.length - used);
    bytes.copy(buffer, used, at, at + size);
    const filled = used + size;
    target.used = filled;
    this.#rest -= size;
    if (this.#rest === 0 && buffer[filled - 1] === NEWLINE) {
      target.rows += 1;
      target.isCut = filled >= target.enough;
    }
    return at + size;
  }
}
