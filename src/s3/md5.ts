import { createHash, type Hash } from 'node:crypto';

/** Whether there is MD5 here: a Node in FIPS mode has none. Then the SDK's own checksums take its place. */
export function hasMd5(): boolean {
  try {
    createHash('md5');
    return true;
  } catch {
    return false;
  }
}

/** A running MD5; undefined where there is none. */
export function startMd5(): Hash | undefined {
  return hasMd5() ? createHash('md5') : undefined;
}

/** The value of a Content-MD5 header; undefined where there is no MD5. */
export function contentMd5(bytes: Uint8Array | string): string | undefined {
  return startMd5()?.update(bytes).digest('base64');
}
