/** What the GNU tools write for the characters that would end or blur a name; a line with one begins with a backslash. */
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * One line as `sha256sum` writes it and `sha256sum -c` reads it, line end included.
 * Source: https://www.gnu.org/software/coreutils/manual/html_node/cksum-output-modes.html
 * @param digest SHA-256 as 64 hex digits
 */
export function checksumLine(digest: string, name: string): string {
  const escaped = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character] ?? character);
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}\n`;
}
