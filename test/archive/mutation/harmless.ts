import { plainContent } from '../edited-archive.ts';
import { assemble, takeApart, type Header } from '../forge.ts';
import type { Base } from './mutation.ts';

/**
 * Whether a changed archive still holds the same, to the byte. An oracle of its own: it knows nothing of the reader. In a
 * plain zip these may differ, and nothing else:
 *
 * - versions, MS-DOS times, internal attributes, MS-DOS attributes and permission bits: Holdfast keeps exact times and
 *   modes in the storage's index, which is in SHA256SUMS, and looks at no version
 * - the entry of a storage's own directory (`storage/<name>/`), which may be left out or elsewhere: it is there for the
 *   mode that unzip gives the directory, and the manifest has it too
 * - where directories and links stand among the files, as long as SHA256SUMS has the order of the files and the index that
 *   of its storage
 * - the mark for UTF-8 names of a name that is ASCII
 * - how a file is deflated, as long as it inflates to the same: the bits that fill up the last byte
 *
 * Of a crypt nothing may differ.
 */
export function isHarmless(base: Base, changed: Buffer): boolean {
  if (changed.equals(base.bytes)) return true;
  if (base.key !== null) return false;
  try {
    const zip = takeApart(changed);
    const hidesNothing = withoutIgnored(changed).equals(withoutIgnored(assemble(zip)));
    return hidesNothing && contentOf(changed).equals(contentOf(base.bytes));
  } catch {
    return false;
  }
}

/** Everything an archive says and holds, but for what may differ. */
function contentOf(bytes: Buffer): Buffer {
  const entries = takeApart(bytes).entries.filter(
    ({ central }) => !/^storage\/[^/]+\/$/.test(nameOf(central)),
  );
  const files = entries.filter(({ central }) => central.attributes >>> 28 === 0o10);
  const items = entries.filter(({ central }) => /^storage\/[^/]+\//.test(nameOf(central)));
  const pieces = [...files, ...items].flatMap((entry) => [
    ...[entry.local, entry.central].flatMap(factsOf),
    Buffer.from(`${entry.central.madeBy >> 8} ${entry.central.attributes >>> 28}`),
    entry.descriptor,
    plainContent(entry),
  ]);
  return Buffer.concat(pieces.flatMap((piece) => [Buffer.from(`\n${piece.length} `), piece]));
}

function nameOf({ name }: Header): string {
  return name.toString();
}

function factsOf({ name, flags, method, crc, compressedSize, size, extra }: Header): Buffer[] {
  const meant = name.every((byte) => byte < 0x80) ? flags & ~0x0800 : flags;
  // A zip64 field holds the offset, which tells nothing of the content.
  return [name, Buffer.from([meant, method, crc, compressedSize, size].join(' ')), extra.subarray(0, 20)];
}

/** The zip with zeros in place of what no reader uses. */
function withoutIgnored(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const zip = takeApart(bytes);
  let position = 0;
  for (const { local, data, descriptor } of zip.entries) {
    copy.fill(0, position + 4, position + 6);
    copy.fill(0, position + 10, position + 14);
    position += 30 + local.name.length + local.extra.length + data.length + descriptor.length;
  }
  for (const { central } of zip.entries) {
    copy[position + 4] = 0;
    copy.fill(0, position + 6, position + 8);
    copy.fill(0, position + 12, position + 16);
    copy.fill(0, position + 36, position + 41);
    copy[position + 41]! &= 0xf0;
    position += 46 + central.name.length + central.extra.length + central.comment.length;
  }
  // The versions in the zip64 end record.
  if (zip.zip64) copy.fill(0, position + 12, position + 16);
  return copy;
}
