import type { Literal } from '../columns.ts';

/** What stands before and after a value's bytes, and what stands for an empty value. */
export interface LiteralForm {
  readonly open: Buffer;
  readonly close: Buffer;
  readonly empty: Buffer;
  /** Whether bytes that mean something to the server or to its client are escaped. */
  readonly isEscaped: boolean;
}

const nothing = Buffer.alloc(0);
const quote = Buffer.from("'");
const quoted: LiteralForm = { open: quote, close: quote, empty: Buffer.from("''"), isEscaped: true };

/** How each kind of literal is written. */
export const literalForms: Readonly<Record<Literal, LiteralForm>> = {
  bare: { open: nothing, close: nothing, empty: nothing, isEscaped: false },
  bytes: quoted,
  utf8: { ...quoted, open: Buffer.from("_utf8mb4'"), empty: Buffer.from("_utf8mb4''") },
  enum: { ...quoted, empty: Buffer.from('0') },
};

/** The same in a session whose collation_connection is not `binary`. */
export const introducedForms: Readonly<Record<Literal, LiteralForm>> = {
  ...literalForms,
  bytes: { ...quoted, open: Buffer.from("_binary'"), empty: Buffer.from("_binary''") },
  enum: { ...literalForms.enum, open: Buffer.from("_binary'") },
};

/**
 * What stands after a backslash for a byte that cannot stand in quotes as it is, 0 for one that can. Line breaks are among
 * them so that each row is one line; 0x1a, for it ends a file on Windows.
 */
export const escapes: Uint8Array = new Uint8Array(256);
for (const [byte, letter] of ['\0' + '0', '\nn', '\rr', '\x1aZ', "''", '\\\\']) {
  escapes[byte!.charCodeAt(0)] = letter!.charCodeAt(0);
}
