import type { Readable } from 'node:stream';
import type { Reporter } from '../core/reporter.ts';

/** What a listing says of an object. */
export interface ListedObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** As the service spells it, with its quotes. It changes when the content does. */
  readonly etag: string;
  readonly modified: Date;
}

/** What is kept of an object beside its content, each as the header has it. */
export interface ObjectAttributes {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  /** User metadata: names in lower case without `x-amz-meta-`, values as text. */
  readonly user?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What a request for an object's facts, or for its content, says of it. */
export interface ObjectFacts extends ListedObject {
  readonly attributes: ObjectAttributes;
  /** How the service says that it encrypts it (`aws:kms`): a copy's ETag may be another then. */
  readonly encryption?: string;
  /** How many tags it has, which are asked for with `tags`; 0 where the service has none or does not say. */
  readonly tagCount: number;
}

export interface OpenedObject extends ObjectFacts {
  /** The bytes asked for; all of them, of one state of the object, or an error, which is a HoldfastError. */
  readonly content: Readable;
}

export interface ListOptions {
  /** No more than so many objects: `1` to see whether there are any. */
  readonly limit?: number;
  /** Only keys that come behind this one in the order of their bytes. */
  readonly after?: string;
}

export interface ReadOptions {
  /** The first byte and the one behind the last; all of it when left out. */
  readonly range?: { readonly start: number; readonly end: number };
  /** Refuses (`ChangedObject`) an object that is no longer this one. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly attributes?: ObjectAttributes;
  /** Fails (`ExistingObject`) when there is an object of that key, as far as the service can tell. */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal;
}

export interface CopyOptions {
  /** True for who lists what was copied, and so sees whether it is there and is this object: it saves a request. */
  readonly unchecked?: boolean;
}

/** Bytes that are read when they are sent, and again when that failed. */
export interface PartSource {
  /** How many there are. */
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
  /** Their MD5 in base64, where it is known; without it they are read once more before they are sent. */
  readonly md5?: string;
}

/** A part that has been taken by the service. */
export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  /** What the service wants to be told when the upload is completed, by name, where it keeps checksums. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** A multipart upload that is under way. Nothing of it is seen under its key before `complete`. */
export interface MultipartUpload {
  readonly key: string;
  readonly id: string;
  /** Parts may be sent in any order, several at a time. @param number from 1 to 10,000 */
  sendPart(number: number, content: Uint8Array | PartSource): Promise<UploadedPart>;
  complete(
    parts: readonly UploadedPart[],
    options?: { readonly ifAbsent?: boolean },
  ): Promise<{ etag: string }>;
  /** Leaves no parts behind. Safe to call again. */
  abort(): Promise<void>;
}

/** A multipart upload that somebody began and did not end. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
  readonly initiated: Date | null;
}

export interface BucketOptions {
  /** Ends what is under way; calls then reject with its reason. */
  readonly signal: AbortSignal;
  /** Is told what is tried again, and why: in detail, and with a warning when that lasts. */
  readonly reporter?: Reporter;
  /** How long a connection may stand still before the request is tried again, in milliseconds; 30 s when left out. */
  readonly idleTimeout?: number;
  /** From which size on objects are copied in parts, and how large those are, in bytes. */
  readonly copyParts?: { readonly above: number; readonly bytes: number };
}
