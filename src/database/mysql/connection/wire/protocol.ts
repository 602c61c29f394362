/**
 * Facts of the client/server protocol (MySQL documentation, "Client/Server Protocol"; MariaDB documentation,
 * "Client/Server Protocol"), as far as text results need them: without CLIENT_DEPRECATE_EOF, CLIENT_SESSION_TRACK and
 * CLIENT_QUERY_ATTRIBUTES, which `connect.ts` does not ask for.
 */

/** A payload of this length is continued in the next packet. */
export const longestPayload = 0xff_ffff;

export const COM_QUIT = 0x01;
export const COM_QUERY = 0x03;

/** The first byte of a packet that is no row. */
export const OK = 0x00;
export const LOCAL_INFILE = 0xfb;
export const EOF = 0xfe;
export const ERR = 0xff;

/** The length of a value that is NULL. */
export const NULL_VALUE = 0xfb;

/** An EOF packet is shorter; a row that begins alike, with a value of 16 MiB or more, is not. */
export const longestEof = 8;

/** Bit of a result's status: another one follows. */
export const MORE_RESULTS = 0x0008;

/** A server that breaks the protocol, or speaks another one: nothing it says any more can be understood. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolError';
  }
}

/** A length-encoded integer within a packet that is there as a whole. */
export function readLength(packet: Buffer, position: number): { value: number; next: number } {
  const lead = packet[position];
  if (lead === undefined) throw new ProtocolError('a packet ends too early');
  const extra = extraBytes(lead);
  if (position + 1 + extra > packet.length) throw new ProtocolError('a packet ends too early');
  if (extra === 0) return { value: lead, next: position + 1 };
  const value = extra === 8 ? readLong(packet, position + 1) : packet.readUIntLE(position + 1, extra);
  return { value, next: position + 1 + extra };
}

/** How many bytes follow the first of a length-encoded integer. */
export function extraBytes(lead: number): number {
  if (lead === 0xfc) return 2;
  if (lead === 0xfd) return 3;
  return lead === 0xfe ? 8 : 0;
}

/** Counts above 2^53 are not exact; a length that high would be nonsense. */
function readLong(packet: Buffer, position: number): number {
  return packet.readUInt32LE(position) + packet.readUInt32LE(position + 4) * 0x1_0000_0000;
}
