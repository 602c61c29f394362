import { textOf } from '../../../../core/byte-text.ts';
import type { Session } from '../../connection/session.ts';
import { quoteText } from '../literals.ts';

/**
 * Runs `work` while the server sends texts as it has them: a program's or view's in the character set of the client that
 * made it, with the very bytes of literals, everything else in UTF-8.
 */
export async function readingBytes<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  await session.run('SET character_set_results = NULL');
  try {
    return await work();
  } finally {
    await session.run('SET character_set_results = utf8mb4');
  }
}

/** A text in a character set, as `byte-text.ts` has bytes; null when it has letters that the set lacks. */
export async function inCharset(session: Session, text: string, charset: string): Promise<string | null> {
  // oxlint-disable-next-line no-control-regex -- ASCII is the same in all of them
  if (charset.startsWith('utf8') || /^[\0-\x7f]*$/.test(text)) return text;
  const literal = `_utf8mb4${quoteText(text)}`;
  const [row] = await session.query(`
    SELECT HEX(CONVERT(${literal} USING ${charset})) AS bytes,
      HEX(CONVERT(CONVERT(${literal} USING ${charset}) USING utf8mb4)) = HEX(${literal}) AS same`);
  return row?.['same'] === '1' ? textOf(Buffer.from(row['bytes'] ?? '', 'hex')) : null;
}
