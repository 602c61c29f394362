import { extname } from 'node:path/posix';
import type { ObjectAttributes } from '../../s3/types.ts';
import type { StorageItem } from '../storage.ts';
import { contentTypeOf } from './content-type.ts';

const HEADERS = [
  'contentType',
  'cacheControl',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'expires',
] as const;

/**
 * What an object is to have beside its content: what the archive kept of the object that it was, or, where it was none, a content type
 * by its name's ending, as browsers would otherwise save pictures instead of showing them.
 */
export function attributesOf({ metadata, path }: StorageItem): ObjectAttributes {
  if (metadata === undefined) {
    const contentType = contentTypeOf(extname(path.toString()));
    return contentType === undefined ? {} : { contentType };
  }
  const headers = HEADERS.flatMap((name) => {
    const value = metadata[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const user = textsOf(metadata['user']);
  const tags = textsOf(metadata['tags']);
  return {
    ...Object.fromEntries(headers),
    ...(user === undefined ? {} : { user }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function textsOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}
