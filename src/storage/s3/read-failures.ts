import { HoldfastError } from '../../core/errors.ts';
import { ChangedObject, MissingObject, ServiceError } from '../../s3/errors.ts';
import { LostStorage } from '../storage.ts';

/** What a service answers, or the client says, when no other object can be read either. */
const LOST = new Set([
  'NoSuchBucket',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'RequestExpired',
  'InvalidToken',
  'CredentialsProviderError',
  'TokenProviderError',
  'ProviderError',
  'RequestTimeTooSkewed',
]);

/** The system's codes, of which one that stays after all attempts means that the service cannot be reached. */
const SYSTEM_CODE = /^E[A-Z_]+$/;

/** So many objects that may not be read, and none that may: the credentials have no such permission. */
const DENIED = 10;

/** Tells failures of one object from those of all. */
export class ReadFailures {
  #denied = 0;
  #hasRead = false;

  /** An object has been read. */
  succeed(): void {
    this.#hasRead = true;
  }

  /** What is thrown to say that one object cannot be read, with a clause as its message, or that nothing can. */
  explain(error: unknown): unknown {
    if (error instanceof MissingObject) return this.#ofOne('is no longer there', error);
    if (error instanceof ChangedObject) return this.#ofOne('changed while it was read', error);
    if (!(error instanceof ServiceError)) return error;
    const { reason } = error;
    if (reason === 'AccessDenied') this.#denied++;
    const isLost = LOST.has(reason) || SYSTEM_CODE.test(reason) || (this.#denied >= DENIED && !this.#hasRead);
    return isLost
      ? new LostStorage('failed', error.message, { ...(error.hint && { hint: error.hint }), cause: error })
      : this.#ofOne(clauseOf(error), error);
  }

  #ofOne(message: string, cause: Error): HoldfastError {
    return new HoldfastError('failed', message, { cause });
  }
}

/** The message without what it says of the object's place, which stands beside it. */
function clauseOf({ message, reason }: ServiceError): string {
  if (reason === 'InvalidRequest' && /server side encryption/i.test(message)) {
    return 'is encrypted with a key that only its owner has (SSE-C)';
  }
  return message.replace(/^Cannot [a-z ]+ s3:\/\/\S+: /, '').replace(/\.$/, '');
}
