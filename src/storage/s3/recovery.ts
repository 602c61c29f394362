import type { JournalRecord } from '../../core/journal-record.ts';
import { openBucket } from '../../s3/bucket.ts';
import { isSameS3Place } from '../../s3/lineage.ts';
import { formatS3Location } from '../../s3/location.ts';
import type { RecoveryOptions, StorageRecovery } from '../storage.ts';
import { finishSwap } from './finish.ts';
import { parsePlace } from './place.ts';
import { decodeRecord, placeOf } from './record.ts';
import { removeBelow } from './removal.ts';
import { Stage } from './stage.ts';
import { COPY_PARTS } from './swap-options.ts';
import { undoSwap } from './undo.ts';

/** Opens what a process has left of a restore into a prefix. */
export async function openS3Recovery(
  record: JournalRecord,
  { reporter, signal, swapping }: RecoveryOptions,
): Promise<StorageRecovery> {
  const { place, token, replace } = decodeRecord(record);
  const bucket = await openBucket(place, { signal, reporter, copyParts: COPY_PARTS });
  const name = formatS3Location(place);
  const stage = new Stage(place.key, token);
  const options = { bucket, stage, name, replace, reporter, copyPartsAbove: COPY_PARTS.above };
  return {
    name,
    finish: () => finishSwap(options),
    undo: () => (swapping ? undoSwap(options) : removeBelow(bucket, stage.root, reporter)),
  };
}

/** True when a record is of a restore into `location`. One that makes no sense is of none. */
export async function concernsS3Location(record: JournalRecord, location: string): Promise<boolean> {
  const place = placeOf(record['target']);
  return place !== null && isSameS3Place(place, parsePlace(location));
}
