import { HoldfastError } from '../core/errors.ts';
import type { Storage } from './storage.ts';

/** Every kind of storage, loaded only when it is asked for. A new one is one line here; the last takes any path. */
const STORAGES: readonly (() => Promise<Storage>)[] = [
  async () => (await import('./s3/s3.ts')).s3Storage,
  async () => (await import('./local/local.ts')).localStorage,
];

/**
 * The storage that a location belongs to.
 * @throws HoldfastError `usage` when there is none
 */
export async function findStorage(location: string): Promise<Storage> {
  if (location === '') {
    throw new HoldfastError('usage', 'the location of a storage is empty', {
      hint: 'Give the path of a directory, or s3://bucket/prefix; the working directory is a dot.',
    });
  }
  for (const load of STORAGES) {
    const storage = await load();
    if (storage.accepts(location)) return storage;
  }
  const scheme = location.split('://', 1)[0] ?? '';
  const known = 'a storage is the path of a directory, or s3://bucket/prefix';
  throw new HoldfastError('usage', `unknown storage ${scheme}:// (${known})`, {
    hint:
      scheme.toLowerCase() === 'file'
        ? 'Leave out file:// and give the path itself.'
        : 'If a directory is meant, write ./ before its name.',
  });
}

/** The storage of a kind that a journal names. @throws HoldfastError `refused` for one that this version does not have */
export async function storageOfKind(kind: string): Promise<Storage> {
  for (const load of STORAGES) {
    const storage = await load();
    if (storage.kind === kind) return storage;
  }
  throw new HoldfastError('refused', `The journal names an unknown kind of storage: ${kind}`, {
    hint: 'A newer version of Holdfast may know it.',
  });
}
