import StreamZip from 'node-stream-zip';
import type { ByteSource } from '../core/byte-source.ts';

type ReadCallback = (error: unknown, bytesRead: number, buffer: Buffer) => void;

/** What node-stream-zip asks of `fs` when it is given a descriptor. */
interface ZipFs {
  fstat(handle: number, callback: (error: unknown, stat: { size: number }) => void): void;
  read(
    handle: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: ReadCallback,
  ): void;
}

interface Handle {
  readonly source: ByteSource;
  readonly onThrow: (error: unknown) => void;
}

const handles = new Map<number, Handle>();
let lastHandle = 0;

/**
 * Makes `source` readable for node-stream-zip under a number that stands for a file descriptor; never 0.
 * @param onThrow takes what node-stream-zip throws out of its callbacks, where nobody could catch it
 */
export function openHandle(source: ByteSource, onThrow: (error: unknown) => void): number {
  handles.set(++lastHandle, { source, onThrow });
  return lastHandle;
}

export function closeHandle(handle: number): void {
  handles.delete(handle);
}

function find(handle: number): Handle {
  const found = handles.get(handle);
  if (found === undefined) throw new Error(`The handle ${handle} is not open`);
  return found;
}

/** Calls back at the next turn: listeners are attached after the call that leads here. */
function callBack(onThrow: (error: unknown) => void, callback: () => void): void {
  process.nextTick(() => {
    try {
      callback();
    } catch (error) {
      onThrow(error);
    }
  });
}

const zipFs: ZipFs = {
  fstat(handle, callback) {
    const { source, onThrow } = find(handle);
    callBack(onThrow, () => callback(null, { size: source.size }));
  },
  read(handle, buffer, offset, length, position, callback) {
    const { source, onThrow } = find(handle);
    source.read(buffer.subarray(offset, offset + length), position).then(
      (bytesRead) => callBack(onThrow, () => callback(null, bytesRead, buffer)),
      (error: unknown) => callBack(onThrow, () => callback(error, 0, buffer)),
    );
  },
};

// The one `fs` of the module, for all archives: handles tell them apart. The type declarations leave setFs out.
(StreamZip as unknown as { setFs(fs: ZipFs): void }).setFs(zipFs);
