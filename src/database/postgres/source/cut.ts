import { countNewlines } from '../../../core/newlines.ts';
import type { SourcePart } from '../../engine.ts';

/** What ends a row in COPY's text format, in every server encoding: a newline within a value is written `\n`. */
const newline = 0x0a;

/**
 * Cuts the bytes of a COPY into parts: each ends at the first row boundary at or past `partBytes`. Nothing is kept or
 * copied, so a row of any size passes through. Without rows there is no part.
 */
export async function* cutParts(
  bytes: AsyncIterable<Buffer>,
  partBytes: number,
): AsyncGenerator<SourcePart, void, void> {
  const input = bytes[Symbol.asyncIterator]();
  const next = async (): Promise<Buffer | undefined> => {
    for (;;) {
      const { done, value } = await input.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  };
  try {
    let rest = await next();
    while (rest !== undefined) {
      let rows = 0;
      let ended = false;
      const chunks = async function* (): AsyncGenerator<Buffer, void, void> {
        for (let size = 0; rest !== undefined; rest = await next()) {
          const boundary = rest.indexOf(newline, Math.max(partBytes - size - 1, 0));
          const piece = boundary === -1 ? rest : rest.subarray(0, boundary + 1);
          rows += countNewlines(piece);
          size += piece.length;
          if (boundary !== -1) {
            rest = piece.length < rest.length ? rest.subarray(piece.length) : undefined;
            yield piece;
            break;
          }
          yield piece;
        }
        ended = true;
      };
      yield { chunks: chunks(), rows: () => rows };
      if (!ended) throw new Error('a part must be read to its end before the next one');
      rest ??= await next();
    }
  } finally {
    await input.return?.();
  }
}
