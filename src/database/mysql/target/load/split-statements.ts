const BACKQUOTE = 0x60;
const LINE_FEED = 0x0a;
const SEMICOLON = 0x3b;

/**
 * Takes a part of rows apart into its statements, without semicolons, each in pieces as they come: `INSERT … VALUES`, a line
 * for each row, a line with a semicolon. Line breaks stand in names between backquotes, and nowhere else within a line. Each
 * statement has to be read to its end before the next is asked for.
 */
export async function* splitStatements(part: AsyncIterable<Buffer>): AsyncGenerator<AsyncIterable<Buffer>> {
  const input = part[Symbol.asyncIterator]();
  let chunk: Buffer = Buffer.alloc(0);
  const fill = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await input.next();
      if (next.done) return false;
      chunk = next.value;
    }
    return true;
  };
  async function* statement(): AsyncGenerator<Buffer> {
    let inName = false;
    let inHeader = true;
    let atLineStart = false;
    while (await fill()) {
      let position = 0;
      while (position < chunk.length) {
        if (inHeader) {
          const byte = chunk[position];
          position += 1;
          if (byte === BACKQUOTE) inName = !inName;
          else if (byte === LINE_FEED && !inName) [inHeader, atLineStart] = [false, true];
        } else if (atLineStart && chunk[position] === SEMICOLON) {
          const rest = chunk.subarray(position + 1);
          const piece = chunk.subarray(0, position);
          chunk = rest;
          if (piece.length > 0) yield piece;
          // Its line's end.
          if ((await fill()) && chunk[0] === LINE_FEED) chunk = chunk.subarray(1);
          return;
        } else {
          const end = chunk.indexOf(LINE_FEED, position);
          atLineStart = end !== -1;
          position = end === -1 ? chunk.length : end + 1;
        }
      }
      const piece = chunk;
      chunk = Buffer.alloc(0);
      yield piece;
    }
  }
  while (await fill()) yield statement();
}
