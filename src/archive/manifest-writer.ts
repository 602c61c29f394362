import { HoldfastError, messageOf } from '../core/errors.ts';
import { checkJsonLimits } from './json-limits.ts';
import { MANIFEST_NAME } from './layout.ts';
import { manifestLimits } from './manifest-limits.ts';
import type { Manifest } from './manifest.ts';

/**
 * A manifest's JSON text.
 * @throws HoldfastError `failed` when it is so large that no reader would take it
 */
export function encodeManifest(manifest: Manifest): Buffer {
  const limits = manifestLimits(manifest.entries);
  try {
    const json = `${JSON.stringify(manifest, null, 2)}\n`;
    checkJsonLimits(json, MANIFEST_NAME, limits.values);
    const text = Buffer.from(json);
    if (text.length <= limits.bytes) return text;
    throw new RangeError(`${text.length} bytes are above the limit of ${limits.bytes}`);
  } catch (cause) {
    throw new HoldfastError(
      'failed',
      `There is more to tell than ${MANIFEST_NAME} can hold: ${messageOf(cause)}`,
      {
        hint: 'Leave tables out with --exclude-table, or back up parts of the database by themselves.',
        cause,
      },
    );
  }
}
