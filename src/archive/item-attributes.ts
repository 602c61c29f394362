import { HoldfastError } from '../core/errors.ts';
import type { ItemAttributes } from '../core/item-attributes.ts';
import type { JsonObject } from './json-object.ts';
import { formatTime, parseTime } from './time.ts';

/** Attributes as JSON has them. */
export interface EncodedAttributes {
  /** Four octal digits. */
  readonly mode?: string;
  /** ISO 8601 in UTC with nanoseconds. */
  readonly mtime?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly owner?: string;
  readonly group?: string;
}

export function encodeAttributes(attributes: ItemAttributes): EncodedAttributes {
  return defined(spellAttributes(attributes));
}

/** The same, with undefined for what is not there. */
export function spellAttributes({ mode, mtimeNs, uid, gid, owner, group }: ItemAttributes): {
  [Field in keyof EncodedAttributes]: EncodedAttributes[Field] | undefined;
} {
  return {
    mode: mode?.toString(8).padStart(4, '0'),
    mtime: mtimeNs === undefined ? undefined : formatTime(mtimeNs),
    uid,
    gid,
    owner,
    group,
  };
}

/** The attributes among the fields of `object`. @throws HoldfastError `damaged` */
export function readAttributes(object: JsonObject): EncodedAttributes {
  const mtime = object.optionalText('mtime');
  if (mtime !== undefined && parseTime(mtime) === null) {
    throw new HoldfastError('damaged', `mtime of ${object.name} is not a time in UTC.`);
  }
  return defined({
    mode: object.has('mode') ? object.match('mode', /^[0-7]{4}$/, 'four octal digits') : undefined,
    mtime,
    uid: object.optionalCount('uid'),
    gid: object.optionalCount('gid'),
    owner: object.optionalText('owner'),
    group: object.optionalText('group'),
  });
}

export function decodeAttributes({ mode, mtime, uid, gid, owner, group }: EncodedAttributes): ItemAttributes {
  return defined({
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    mtimeNs: mtime === undefined ? undefined : (parseTime(mtime) ?? undefined),
    uid,
    gid,
    owner,
    group,
  });
}

/** Without the fields that are undefined. */
export function defined<T extends object>(value: T): T {
  const rest: Partial<T> = {};
  for (const field of Object.keys(value) as (keyof T)[]) {
    if (value[field] !== undefined) rest[field] = value[field];
  }
  return rest as T;
}
