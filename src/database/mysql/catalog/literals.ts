/** A text between quotes for a session without NO_BACKSLASH_ESCAPES, as pinned sessions are; also how servers print it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll(/[\\'\0\n\r]/g, (letter) => escapes[letter] ?? letter)}'`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "''",
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
};
