import { buffer } from 'node:stream/consumers';
import {
  JOURNAL_PREFIX,
  journalName,
  LARGEST_JOURNAL,
  takenOver,
  temporaryJournalName,
  temporaryOf,
  tokenOf,
} from '../../core/journal-names.ts';
import { HoldfastError } from '../../core/errors.ts';
import { isOwnerGone } from '../../core/owner-tag.ts';
import { type Bucket, type ListedObject, openBucket } from '../../s3/bucket.ts';
import { formatS3Location, type S3Location } from '../../s3/location.ts';
import {
  type JournalStore,
  type JournalStoreOptions,
  type JournalText,
  UncertainWrite,
} from '../../core/journal-store.ts';
import { parsePlace, settlePlace } from './place.ts';

/**
 * For how long a claim of another host counts, which cannot be asked whether its process still runs: taking a journal over
 * takes a few requests.
 */
const CLAIM_MILLISECONDS = 10 * 60_000;

/** @throws HoldfastError `usage` */
export async function openS3JournalStore(
  location: string,
  options: JournalStoreOptions,
): Promise<JournalStore> {
  return new S3JournalStore(await settlePlace(parsePlace(location)), options);
}

/**
 * Journals as objects at the root of a prefix. An object appears whole or not at all. Services differ in whether they can
 * refuse to overwrite, so nothing here relies on that, only on listings that show what was written before.
 */
class S3JournalStore implements JournalStore {
  readonly address: string;
  readonly isShared = true;
  readonly #place: S3Location;
  readonly #options: JournalStoreOptions;

  constructor(place: S3Location, options: JournalStoreOptions) {
    this.address = formatS3Location(place);
    this.#place = place;
    this.#options = options;
  }

  addressOf(token: string): string {
    return formatS3Location({ ...this.#place, key: this.#keyOf(journalName(token)) });
  }

  tokens(): Promise<string[]> {
    return this.#reading(async (bucket) => {
      const names = (await this.#list(bucket)).map(({ name }) => name);
      const left = names.filter((name) => isOwnerGone(temporaryOf(name)?.writer ?? ''));
      // Who may only read can do without.
      await bucket.remove(left.map((name) => this.#keyOf(name))).catch(() => {});
      return names.flatMap((name) => tokenOf(name) ?? []);
    });
  }

  read(token: string): Promise<JournalText | null> {
    return this.#reading((bucket) => this.#read(bucket, token));
  }

  write(token: string, text: string): Promise<void> {
    return this.#writing((bucket) => this.#write(bucket, token, text));
  }

  /** Each has its claim there before it looks for those of others, and then looks at the journal itself again. */
  takeOver(token: string, present: string, text: string): Promise<void> {
    return this.#writing(async (bucket) => {
      const claim = temporaryJournalName(token);
      await bucket.put(this.#keyOf(claim), Buffer.alloc(0));
      try {
        const claims = (await this.#list(bucket)).filter(({ name }) => temporaryOf(name)?.token === token);
        const own = claims.find(({ name }) => name === claim);
        const rivals = claims.filter((other) => other !== own && !isStale(other, own));
        const found = await this.#read(bucket, token);
        // A listing without what was just written would not have shown another's either.
        if (own === undefined || rivals.length > 0 || found?.text !== present)
          throw takenOver(this.addressOf(token));
        await this.#write(bucket, token, text);
      } finally {
        await bucket.remove([this.#keyOf(claim)]);
      }
    });
  }

  remove(token: string): Promise<void> {
    return this.#writing(async (bucket) => {
      const left = (await this.#list(bucket)).filter(({ name }) => temporaryOf(name)?.token === token);
      const names = [journalName(token), ...left.map(({ name }) => name)];
      await bucket.remove(names.map((name) => this.#keyOf(name)));
    });
  }

  /** A service that can be asked knows what it holds. */
  async identity(): Promise<string> {
    return '-';
  }

  #keyOf(name: string): string {
    return `${this.#place.key}${name}`;
  }

  /** What has the name of a journal, or of a claim on one. */
  async #list(bucket: Bucket): Promise<NamedObject[]> {
    const found: NamedObject[] = [];
    for await (const { key, modified } of bucket.list(this.#keyOf(JOURNAL_PREFIX)))
      found.push({ name: key.slice(this.#place.key.length), modified });
    return found;
  }

  async #read(bucket: Bucket, token: string): Promise<JournalText | null> {
    const key = this.#keyOf(journalName(token));
    // Asked first: a journal is rewritten and removed by others at any moment, and whoever opens what is gone gets an error.
    const facts = await bucket.head(key);
    if (facts === null) return null;
    if (facts.size > LARGEST_JOURNAL) return { text: '', stranger: null };
    try {
      const { content } = await bucket.open(key, { etag: facts.etag });
      return { text: (await buffer(content)).toString(), stranger: null };
    } catch (error) {
      const now = await bucket.head(key);
      if (now?.etag === facts.etag) throw error;
      return now === null ? null : this.#read(bucket, token);
    }
  }

  async #write(bucket: Bucket, token: string, text: string): Promise<void> {
    const attributes = { contentType: 'application/json' };
    try {
      await bucket.put(this.#keyOf(journalName(token)), Buffer.from(text), { attributes });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      // A request without an answer may have been carried out, or still be under way.
      const { message, hint } = error;
      throw new UncertainWrite(error.code, message, { ...(hint !== undefined && { hint }), cause: error });
    }
  }

  #reading<T>(work: (bucket: Bucket) => Promise<T>): Promise<T> {
    return this.#using(this.#options.signal, work);
  }

  /** What is half done when a restore is interrupted has to be written down all the same. */
  #writing<T>(work: (bucket: Bucket) => Promise<T>): Promise<T> {
    return this.#using(new AbortController().signal, work);
  }

  /** A journal is asked for a few times in hours: no connection is kept for it. */
  async #using<T>(signal: AbortSignal, work: (bucket: Bucket) => Promise<T>): Promise<T> {
    const bucket = await openBucket(this.#place, { ...this.#options, signal });
    try {
      return await work(bucket);
    } finally {
      bucket.close();
    }
  }
}

interface NamedObject extends Pick<ListedObject, 'modified'> {
  /** Its key behind the prefix. */
  readonly name: string;
}

/** True for a claim whose process is gone, or has been for long enough: both times are the service's. */
function isStale({ name, modified }: NamedObject, own: NamedObject | undefined): boolean {
  if (isOwnerGone(temporaryOf(name)?.writer ?? '')) return true;
  return own !== undefined && own.modified.getTime() - modified.getTime() > CLAIM_MILLISECONDS;
}
