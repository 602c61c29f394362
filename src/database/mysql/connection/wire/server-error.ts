import { textOf } from '../../../../core/byte-text.ts';

/** What the server answers when it refuses or fails to do something. */
export class ServerError extends Error {
  /** The server's number of the error, such as 1146 (`ER_NO_SUCH_TABLE`). */
  readonly code: number;
  /** Five letters or digits. */
  readonly sqlState: string;

  constructor(code: number, sqlState: string, message: string) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
    this.sqlState = sqlState;
  }
}

/** Reads an ERR packet. One that comes before the connection is established has no SQLSTATE. */
export function readServerError(packet: Buffer): ServerError {
  const hasState = packet[3] === 0x23;
  return new ServerError(
    packet.length < 3 ? 0 : packet.readUInt16LE(1),
    hasState ? packet.toString('latin1', 4, 9) : 'HY000',
    textOf(packet.subarray(hasState ? 9 : 3)),
  );
}
