/** Behind the end of a row's time stands its line's end, or the beginning of its time and then that. */
const behind = String.raw`(?=(?:,'[\d .:-]{26}')?\)\n)`;
/** More than what an end can be told by has. */
const LONGEST = 64;

/**
 * Lets rows that are current in an archive be current on a server whose end of time is another one, in a statement that passes by.
 * The one moment is exchanged for the other, so that no row of the past becomes a current one either.
 * @param archived the end of time of the archive's server
 * @param own the server's
 */
export async function* exchangeRowEnds(
  statement: AsyncIterable<Buffer>,
  archived: string,
  own: string,
): AsyncGenerator<Buffer> {
  const ends = new RegExp(`'(?:${archived}|${own})'${behind}`, 'g');
  const exchanged = (text: string): Buffer =>
    Buffer.from(
      text.replace(ends, (end) => `'${end.includes(own) ? archived : own}'`),
      'latin1',
    );
  let rest = '';
  for await (const piece of statement) {
    const text = rest + piece.toString('latin1');
    // An end is told by what stands behind it in its line.
    const cut = Math.max(text.lastIndexOf('\n') + 1, text.length - LONGEST);
    rest = text.slice(cut);
    if (cut > 0) yield exchanged(text.slice(0, cut));
  }
  if (rest !== '') yield exchanged(rest);
}
