import type { Bucket } from '../../s3/bucket.ts';
import type { ListedObject } from '../../s3/types.ts';
import { readInventory } from './inventory.ts';
import { fingerprint, KeyTable } from './key-table.ts';
import type { Stage } from './stage.ts';

/** What is known of an object under its final key; all fields are 32-bit numbers, as a `KeyTable` holds them. */
export const NUMBER = 0;
/** Fingerprints of the ETags that it may have. */
export const ETAG = 1;
export const OTHER_ETAG = 2;
/** The pass in which it was last found in place. */
export const SEEN = 3;
/** Of what an undo has put back: the fingerprint of its ETag. */
export const BACK = 4;

const NUMBERS = 5;

/** Services spell an ETag with quotes or without. */
export function etagPrint(etag: string): number {
  return fingerprint(etag.replaceAll('"', ''));
}

/** True for an ETag that a row has. */
export function hasEtag(row: Uint32Array, { etag }: ListedObject): boolean {
  const print = etagPrint(etag);
  return row[ETAG] === print || row[OTHER_ETAG] === print;
}

/** What is restored, by path: its ETags are that of the staged object, and the one under the final key where it is known to differ. */
export async function readRestored(bucket: Bucket, stage: Stage): Promise<KeyTable> {
  const table = new KeyTable(NUMBERS);
  for await (const { path, number, etag } of readInventory(bucket, stage.restoredInventory))
    table.set(path, [number, etagPrint(etag), 0, 0, 0]);
  return table;
}

/** Adds what the end of a swap has found under the final keys, if it has come to its end. */
export async function addSwapped(table: KeyTable, bucket: Bucket, stage: Stage): Promise<void> {
  if ((await bucket.head(stage.swapped)) === null) return;
  for await (const { path, etag } of readInventory(bucket, stage.swapped))
    table.get(path)?.set([etagPrint(etag)], OTHER_ETAG);
}

/** What was there before, by path: its ETags are that of the object and that of its copy, if it has one. */
export async function readOld(bucket: Bucket, stage: Stage): Promise<KeyTable> {
  const table = makeOldTable();
  for await (const { path, number, etag, copy } of readInventory(bucket, stage.oldInventory)) {
    const copyPrint = copy === undefined ? 0 : etagPrint(copy);
    table.set(path, [number, etagPrint(etag), copyPrint, 0, 0]);
  }
  return table;
}

export function makeOldTable(): KeyTable {
  return new KeyTable(NUMBERS);
}
