/** Room for what the protocol and the server add to a packet's statements. */
const margin = 1024;

/**
 * Puts statements together that a server takes at a time: it runs them to their end, whatever becomes of the client.
 * @param most the server's max_allowed_packet, in bytes
 * @param standsLast whether a statement must be the last of its packet
 */
export function packStatements(
  statements: readonly string[],
  most: number,
  standsLast: (statement: string) => boolean,
): string[] {
  const packets: string[] = [];
  let packet: string[] = [];
  let bytes = margin;
  const end = (): void => {
    if (packet.length > 0) packets.push(packet.join('\n;\n'));
    [packet, bytes] = [[], margin];
  };
  for (const statement of statements) {
    const length = Buffer.byteLength(statement) + 3;
    if (bytes + length > most) end();
    packet.push(statement);
    bytes += length;
    if (standsLast(statement)) end();
  }
  end();
  return packets;
}
