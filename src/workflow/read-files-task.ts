import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { packSync } from '../archive/compression.ts';
import type { ThreadAnswer } from '../core/thread.ts';
import { openFileReader } from '../storage/file-readers.ts';

/** A file up to so many bytes is read whole. */
const WHOLE_FILE_BYTES = 1 << 20;

/** After so many bytes of content a reply ends, if not all files are read. */
const REPLY_BYTES = 1 << 20;

/** What `ReadFilesRequest.memory` has: room for a whole file behind all others. */
export const MEMORY_BYTES = REPLY_BYTES + WHOLE_FILE_BYTES;

/** What a thread that reads files is started with. */
export interface ReadFilesOptions {
  readonly kind: string;
  /** `ThreadedFiles.place` */
  readonly place: unknown;
}

export interface ReadFilesRequest {
  readonly paths: readonly string[];
  /** Room for the contents, that nobody else uses until the reply is used up. */
  readonly memory: SharedArrayBuffer;
}

/** The numbers that a reply has for each file. */
export const FIELDS = {
  /** 1, or 0 for a file that was not read: the others mean nothing then. */
  isRead: 0,
  size: 1,
  mode: 2,
  uid: 3,
  gid: 4,
  crc32: 5,
  isDeflated: 6,
  /** Where its bytes end in `memory`; they begin where those of the file before end. */
  end: 7,
  /** Time of last change: whole seconds since 1970, and the nanoseconds after them. Together they are beyond 64 bits from 2262 on. */
  mtimeSeconds: 8,
  mtimeNanoseconds: 9,
} as const;

export const FIELD_COUNT = 10;

export const NANOSECONDS = 1_000_000_000n;

/** What the first of the files gave; there may be fewer than were asked for, but at least one. */
export interface ReadFilesReply {
  readonly files: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  /** SHA-256 in hex. */
  readonly digests: readonly string[];
  /** The contents as they go into the zip. */
  readonly memory: SharedArrayBuffer;
}

/** Reads, hashes and packs small files. */
export function answerReading({
  kind,
  place,
}: ReadFilesOptions): (request: ReadFilesRequest) => ThreadAnswer {
  const reader = openFileReader(kind, place);
  return ({ paths, memory }) => {
    const bytes = Buffer.from(memory);
    const numbers = new Float64Array(paths.length * FIELD_COUNT);
    const digests: string[] = [];
    let end = 0;
    let files = 0;
    while (files < paths.length && end < REPLY_BYTES) {
      const at = files * FIELD_COUNT;
      const facts = reader.read(paths[files]!, bytes.subarray(end, end + WHOLE_FILE_BYTES));
      if (facts !== null) {
        const content = bytes.subarray(end, end + facts.size);
        digests.push(hash('sha256', content));
        numbers[at + FIELDS.isRead] = 1;
        numbers[at + FIELDS.size] = facts.size;
        numbers[at + FIELDS.mode] = facts.mode;
        numbers[at + FIELDS.uid] = facts.uid;
        numbers[at + FIELDS.gid] = facts.gid;
        numbers[at + FIELDS.crc32] = crc32(content);
        const nanoseconds = ((facts.mtimeNs % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
        numbers[at + FIELDS.mtimeSeconds] = Number((facts.mtimeNs - nanoseconds) / NANOSECONDS);
        numbers[at + FIELDS.mtimeNanoseconds] = Number(nanoseconds);
        const deflated = packSync(content);
        numbers[at + FIELDS.isDeflated] = deflated === null ? 0 : 1;
        end += deflated === null ? facts.size : deflated.copy(content);
        if (deflated !== null) free(deflated);
      } else {
        digests.push('');
      }
      numbers[at + FIELDS.end] = end;
      files++;
    }
    reader.rest();
    const reply: ReadFilesReply = { files, numbers, digests, memory };
    return { reply, transfer: [numbers.buffer] };
  };
}

/**
 * Gives back the memory of a large buffer at once. Each thread collects such garbage only when it has 64 MiB of it.
 */
function free(buffer: Buffer): void {
  const memory = buffer.buffer;
  // Smaller ones may lie in memory that Node shares between buffers.
  if (memory instanceof ArrayBuffer && memory.byteLength >= 2 * Buffer.poolSize) memory.transfer(0);
}
