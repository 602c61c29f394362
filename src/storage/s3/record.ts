import { HoldfastError } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import type { S3Location } from '../../s3/location.ts';
import { parsePlace } from './place.ts';

/** What a journal keeps of a restore into a prefix. All else follows from these and from what the bucket holds. */
export interface S3Record {
  /** The place as a URL, without secrets. */
  readonly target: string;
  readonly token: string;
  readonly replace: boolean;
}

export function encodeRecord({ target, token, replace }: S3Record): JournalRecord {
  return { target, token, replace };
}

/** @throws HoldfastError `refused` for what `encodeRecord` cannot have made */
export function decodeRecord(record: JournalRecord): S3Record & { readonly place: S3Location } {
  const { target, token, replace } = record;
  if (typeof target !== 'string') throw unusable('target');
  if (typeof token !== 'string' || !/^[0-9a-f]{12}$/.test(token)) throw unusable('token');
  if (typeof replace !== 'boolean') throw unusable('replace');
  const place = placeOf(target);
  if (place === null) throw unusable('target');
  return { target, token, replace, place };
}

/** Null for what is no S3 location. */
export function placeOf(target: unknown): S3Location | null {
  try {
    return typeof target === 'string' ? parsePlace(target) : null;
  } catch {
    return null;
  }
}

function unusable(name: string): HoldfastError {
  return new HoldfastError('refused', `The journal's record of an S3 storage has no usable "${name}".`, {
    hint: 'It was changed, or written by another version of Holdfast.',
  });
}
