const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  Z: '\x1a',
};

/** What a text in quotes stands for, as a server prints it in a session without NO_BACKSLASH_ESCAPES. */
export function unquoteText(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\([^])|''/g, (_found, escaped: string | undefined) =>
      escaped === undefined ? "'" : (escapes[escaped] ?? escaped),
    );
}
