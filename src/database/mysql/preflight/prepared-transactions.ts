import { bytesOf } from '../../../core/byte-text.ts';
import { isServerError } from '../connection/failure.ts';
import type { Row, Session } from '../connection/session.ts';

/** Text that stands in quotes as it is. */
const plain = /^[\w .:/-]*$/;

/**
 * The prepared XA transactions of the server, each as XA COMMIT and XA ROLLBACK name it. They keep their locks without a connection, also when
 * the server is started again; which tables those are on no server tells. Empty where the account may not ask.
 */
export async function findPreparedTransactions(session: Session): Promise<string[]> {
  try {
    return (await session.query('XA RECOVER')).map(identifierOf);
  } catch (error) {
    if (isServerError(error)) return [];
    throw error;
  }
}

function identifierOf({ formatID, gtrid_length, data }: Row): string {
  const bytes = bytesOf(data ?? '');
  const cut = Number(gtrid_length);
  const quoted = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => {
    const text = part.toString('latin1');
    return plain.test(text) ? `'${text}'` : `X'${part.toString('hex')}'`;
  });
  return `${quoted.join(',')},${formatID}`;
}
