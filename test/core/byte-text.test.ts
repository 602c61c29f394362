import { expect, it } from 'vitest';
import { bytesOf, textOf } from '../../src/core/byte-text.ts';
import { fc } from '../support/fast-check.ts';

it.each([
  ['', ''],
  ['caf\u00c3\u00a9', 'caf\u00e9'],
  ['caf\u00e9', 'caf\udce9'],
  ['\u0080\u00ff', '\udc80\udcff'],
  ['\u00f0\u009f\u0090', '\udcf0\udc9f\udc90'],
  ['\u00f0\u009f\u0090\u0098\u00c3(', '\u{1f418}\udcc3('],
  // What would be a surrogate, a character above the last one, and one that is longer than it need be.
  ['\u00ed\u00b2\u0080', '\udced\udcb2\udc80'],
  ['\u00f4\u0090\u0080\u0080', '\udcf4\udc90\udc80\udc80'],
  ['\u00c0\u00af', '\udcc0\udcaf'],
  ['\u00ef\u00bb\u00bfx', '\ufeffx'],
])('the bytes %j read as %j', (bytes, text) => {
  expect(textOf(Buffer.from(bytes, 'latin1'))).toBe(text);
  expect(bytesOf(text).toString('latin1')).toBe(bytes);
});

it('gives back any bytes, also through JSON', () => {
  const piece = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = Buffer.concat(pieces);
      const json = Buffer.from(JSON.stringify(textOf(bytes)));
      expect(bytesOf(JSON.parse(json.toString()) as string).equals(bytes)).toBe(true);
    }),
  );
});

it('leaves text that is UTF-8 as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(bytesOf(text).equals(Buffer.from(text))).toBe(true);
      expect(textOf(Buffer.from(text))).toBe(text);
    }),
  );
});
