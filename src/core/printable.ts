/**
 * Characters that move the cursor, change colours, reorder or break a line: C0 and C1 controls, DEL, line and paragraph
 * separators, and Unicode's bidirectional controls. A file's name may hold any of them. And the surrogates that stand for
 * bytes (byte-text.ts).
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\udc80-\udcff]/gu;

/** A name made safe to show: unprintable characters become escapes like `\x1b`, bytes that are no UTF-8 become U+FFFD. */
export function printable(name: string | Uint8Array): string {
  const text = typeof name === 'string' ? name : Buffer.from(name).toString('utf8');
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** Like `printable` for a whole message, whose own line breaks stay. */
export function printableLines(message: string): string {
  return message.split('\n').map(printable).join('\n');
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  const isByte = code < 0x100 || code >= 0xdc80;
  return isByte
    ? `\\x${(code % 0x100).toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
