import type { ObjectAttributes, ObjectFacts } from './types.ts';
import { EXPIRES_TEXT, headerText, isAscii } from './wire.ts';

/** What the SDK's answers say of an object. */
export interface AnswerHeaders {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ExpiresString?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly TagCount?: number | undefined;
  readonly ServerSideEncryption?: string | undefined;
}

/** @param isEncoded whether the service hands out metadata as RFC 2047 has it where it is not ASCII */
export function factsOf(key: string, size: number, headers: AnswerHeaders, isEncoded: boolean): ObjectFacts {
  const metadata = Object.entries(headers.Metadata ?? {});
  const texts = {
    contentType: headers.ContentType,
    cacheControl: headers.CacheControl,
    contentEncoding: headers.ContentEncoding,
    contentDisposition: headers.ContentDisposition,
    contentLanguage: headers.ContentLanguage,
    expires: headers.ExpiresString,
  };
  const given = Object.entries(texts).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, headerText(value)]],
  );
  const user = metadata.map(([name, value]) => [name, isEncoded ? decodeWords(value) : headerText(value)]);
  return {
    key,
    size,
    etag: headers.ETag ?? '',
    modified: headers.LastModified ?? new Date(0),
    tagCount: headers.TagCount ?? 0,
    ...(headers.ServerSideEncryption === undefined ? {} : { encryption: headers.ServerSideEncryption }),
    attributes: {
      ...(Object.fromEntries(given) as ObjectAttributes),
      ...(user.length === 0 ? {} : { user: Object.fromEntries(user) as Record<string, string> }),
    },
  };
}

/** The parameters of commands for attributes. @param isEncoded as for `factsOf` */
export function inputOf(attributes: ObjectAttributes, isEncoded: boolean) {
  const { user, tags } = attributes;
  return {
    ContentType: attributes.contentType,
    CacheControl: attributes.cacheControl,
    ContentEncoding: attributes.contentEncoding,
    ContentDisposition: attributes.contentDisposition,
    ContentLanguage: attributes.contentLanguage,
    Metadata:
      user &&
      Object.fromEntries(
        Object.entries(user).map(([name, value]) => [name, isEncoded ? encodeWords(value) : value]),
      ),
    Tagging: tags && formatTags(tags),
    ...(attributes.expires === undefined ? {} : { [EXPIRES_TEXT]: attributes.expires }),
  };
}

/** Whether user metadata has to be spelled in some way to stand in headers. */
export function needsEncoding({ user = {} }: ObjectAttributes): boolean {
  return Object.values(user).some((value) => !isAscii(value));
}

/** Source: `x-amz-tagging` of PutObject: the query of a URL. */
function formatTags(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');
}

/** How long an encoded word may be. Source: RFC 2047, section 2. */
const WORD_LIMIT = 75;

/** Spells text that is not ASCII as RFC 2047 has it, in words that each hold whole characters. */
function encodeWords(text: string): string {
  if (isAscii(text)) return text;
  const room = Math.floor((WORD_LIMIT - '=?UTF-8?B??='.length) / 4) * 3;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > room) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
}

/** Reads what RFC 2047 has encoded; what stands between two encoded words is not text when it is blank. */
function decodeWords(value: string): string {
  return headerText(value)
    .replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?utf-?8\?([bq])\?([^?\s]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : decodeQuoted(text),
    );
}

function decodeQuoted(text: string): string {
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
