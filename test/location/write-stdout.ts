/** A program that writes as many bytes as its argument says to its standard output, as a backup does. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../src/core/errors.ts';
import { openStdoutSink } from '../../src/location/stdout-sink.ts';

const total = Number(process.argv[2]);
const chunks = function* (): Generator<Buffer> {
  for (let left = total; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536), 'x');
};

const sink = openStdoutSink(process.stdout);
try {
  await pipeline(Readable.from(chunks()), sink.stream);
  await sink.commit();
} catch (error) {
  await sink.abort();
  process.stderr.write(error instanceof HoldfastError ? `${error.code}: ${error.message}\n` : String(error));
  process.exitCode = 1;
}
