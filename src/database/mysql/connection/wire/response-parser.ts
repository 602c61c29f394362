import type { Done, RowHandler } from '../session.ts';
import {
  EOF,
  ERR,
  LOCAL_INFILE,
  longestEof,
  longestPayload,
  MORE_RESULTS,
  OK,
  ProtocolError,
  readLength,
} from './protocol.ts';
import { RowValues } from './row-values.ts';
import { readServerError, type ServerError } from './server-error.ts';

/** Who is told of what the server answers. */
export interface ResponseSink {
  /** A result with rows begins; where its rows are to go. */
  columns(names: readonly Buffer[]): RowHandler;
  /** One result, of perhaps several, has ended. */
  done(done: Done): void;
}

/** Whether a response has been read to its end, and how it ended. */
export type Ending = 'more' | 'ended' | ServerError;

/**
 * Reads what a server answers to COM_QUERY from bytes that are cut anywhere: one or several results, each with or without
 * rows. The bytes of rows are handed on where they lie; other packets are small and are put together first.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  #sequence: number;
  #state: 'response' | 'definitions' | 'end of definitions' | 'rows' = 'response';
  #definitions: Buffer[] = [];
  #columns = 0;
  #handler: RowHandler | null = null;
  #values: RowValues | null = null;
  /** Whether rows come, to a handler that takes them as a whole. */
  #takesRows = false;

  /** The header of the packet at hand, as far as it has come; four bytes are all. */
  #header = 0;
  #headerBytes = 0;
  /** How much of its payload is to come. */
  #left = 0;
  /** Whether the payload goes on in the packet after it. */
  #continued = false;
  /** Whether the packet at hand continues one, or has begun and is a row. */
  #inRow = false;
  /** Whether the packet at hand is not numbered in turn. */
  #strayed = false;
  /** The pieces of a packet that is no row. */
  #pieces: Buffer[] = [];

  /** @param sequence the number that the first packet has to have */
  constructor(sink: ResponseSink, sequence: number) {
    this.#sink = sink;
    this.#sequence = sequence;
  }

  /** Takes the next bytes. @throws ProtocolError */
  take(chunk: Buffer): Ending {
    const end = chunk.length;
    let position = 0;
    while (position < end) {
      if (this.#headerBytes < 4) {
        if (this.#headerBytes === 0 && this.#takesRows) {
          position = this.#takeRows(chunk, position);
          if (position === end) return 'more';
        }
        position = this.#takeHeader(chunk, position);
        if (this.#headerBytes < 4) return 'more';
        if (this.#left > 0 && position === end) return 'more';
      }
      if (!this.#inRow && this.#state === 'rows' && this.#pieces.length === 0 && this.#left > 0) {
        const lead = chunk[position]!;
        this.#inRow = lead !== ERR && (lead !== EOF || this.#left > longestEof);
        if (this.#inRow && this.#strayed) throw strayed();
      }
      const next = Math.min(end, position + this.#left);
      this.#left -= next - position;
      if (this.#inRow) this.#values!.take(chunk, position, next);
      // What the chunk lies in is used again, so a piece is kept as a copy.
      else if (this.#left > 0) this.#pieces.push(Buffer.from(chunk.subarray(position, next)));
      else this.#pieces.push(chunk.subarray(position, next));
      position = next;
      if (this.#left > 0) return 'more';
      this.#headerBytes = 0;
      if (this.#inRow) {
        if (this.#continued) continue;
        this.#inRow = false;
        this.#values!.end();
        continue;
      }
      if (this.#continued) throw new ProtocolError('a packet that is no row has more than 16 MiB');
      const packet = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#pieces = [];
      const ending = this.#packet(packet);
      if (ending === 'more') continue;
      if (position < end) throw new ProtocolError('there is more than the answer');
      return ending;
    }
    return 'more';
  }

  /** Hands on rows that are there as a whole, as long as nothing else comes; returns where they end. */
  #takeRows(chunk: Buffer, start: number): number {
    const handler = this.#handler;
    const end = chunk.length;
    let sequence = this.#sequence;
    let position = start;
    while (position + 4 < end) {
      const length = chunk[position]! | (chunk[position + 1]! << 8) | (chunk[position + 2]! << 16);
      const next = position + 4 + length;
      const lead = chunk[position + 4]!;
      if (next > end || length === 0 || lead === ERR || lead === EOF) break;
      if (chunk[position + 3] !== sequence || !handler!.row!(chunk, position + 4, next)) break;
      sequence = (sequence + 1) & 0xff;
      position = next;
    }
    this.#sequence = sequence;
    return position;
  }

  #takeHeader(chunk: Buffer, start: number): number {
    let position = start;
    if (this.#headerBytes === 0) this.#header = 0;
    while (this.#headerBytes < 4 && position < chunk.length) {
      if (this.#headerBytes < 3) this.#header |= chunk[position]! << (8 * this.#headerBytes);
      else {
        this.#left = this.#header;
        this.#continued = this.#left === longestPayload;
        this.#checkSequence(chunk[position]!);
      }
      this.#headerBytes += 1;
      position += 1;
    }
    return position;
  }

  #checkSequence(sequence: number): void {
    this.#strayed = sequence !== this.#sequence;
    if (this.#strayed && this.#inRow) throw strayed();
    this.#sequence = (sequence + 1) & 0xff;
  }

  #packet(packet: Buffer): Ending {
    const lead = packet[0];
    if (lead === undefined) throw new ProtocolError('an empty packet');
    // A server that hangs up in between says so in a packet that is numbered anew.
    if (lead === ERR) return readServerError(packet);
    if (this.#strayed) throw strayed();
    switch (this.#state) {
      case 'response':
        return this.#response(packet, lead);
      case 'definitions':
        this.#definitions.push(columnName(packet));
        if (this.#definitions.length === this.#columns) this.#state = 'end of definitions';
        return 'more';
      case 'end of definitions':
        expectEof(packet, lead);
        this.#handler = this.#sink.columns(this.#definitions);
        this.#values = new RowValues(this.#columns, this.#handler);
        this.#state = 'rows';
        this.#takesRows = this.#handler.row !== undefined;
        return 'more';
      case 'rows':
        expectEof(packet, lead);
        return this.#end({ affectedRows: 0, warnings: packet.readUInt16LE(1) }, packet.readUInt16LE(3));
    }
  }

  #response(packet: Buffer, lead: number): Ending {
    if (lead === OK) {
      const affected = readLength(packet, 1);
      const { next } = readLength(packet, affected.next);
      if (next + 4 > packet.length) throw new ProtocolError('a packet ends too early');
      const warnings = packet.readUInt16LE(next + 2);
      return this.#end({ affectedRows: affected.value, warnings }, packet.readUInt16LE(next));
    }
    if (lead === LOCAL_INFILE) throw new ProtocolError('it asks for a file of this machine');
    this.#columns = readLength(packet, 0).value;
    this.#definitions = [];
    this.#state = 'definitions';
    return 'more';
  }

  #end(done: Done, status: number): Ending {
    this.#sink.done(done);
    this.#state = 'response';
    this.#takesRows = false;
    return (status & MORE_RESULTS) === 0 ? 'ended' : 'more';
  }
}

function strayed(): ProtocolError {
  return new ProtocolError('a packet is not numbered in turn');
}

function expectEof(packet: Buffer, lead: number): void {
  if (lead !== EOF || packet.length !== 5) throw new ProtocolError('a result is not as announced');
}

/** Of a column definition: catalog, database, table, original table, then the name. */
function columnName(packet: Buffer): Buffer {
  let position = 0;
  for (let skipped = 0; skipped < 4; skipped += 1) {
    const { value, next } = readLength(packet, position);
    position = next + value;
  }
  const { value, next } = readLength(packet, position);
  if (next + value > packet.length) throw new ProtocolError('a packet ends too early');
  // The chunk that it lies in would be kept otherwise.
  return Buffer.from(packet.subarray(next, next + value));
}
