import { type ErrorCode, type ErrorDetails, HoldfastError } from '../core/errors.ts';

/** There is no object under a key that was to be read or copied. */
export class MissingObject extends HoldfastError {
  constructor(message: string, details: ErrorDetails) {
    super('failed', message, details);
    this.name = 'MissingObject';
  }
}

/** An object is no longer the one that was listed or opened before: its ETag is another. */
export class ChangedObject extends HoldfastError {
  constructor(message: string, details: ErrorDetails) {
    super('failed', message, details);
    this.name = 'ChangedObject';
  }
}

/** True when what failed is that an object is another by now, or gone. */
export function isOfChange(error: unknown): boolean {
  return error instanceof ChangedObject || error instanceof MissingObject;
}

/** An object was to be written where there is one already. */
export class ExistingObject extends HoldfastError {
  constructor(message: string, details: ErrorDetails) {
    super('usage', message, details);
    this.name = 'ExistingObject';
  }
}

/** What a service answered that will not do what was asked, or why no answer came. */
export class ServiceError extends HoldfastError {
  /** The code of S3's error (`AccessDenied`), or the HTTP status or system's code where there is none. */
  readonly reason: string;

  constructor(code: ErrorCode, message: string, reason: string, details: ErrorDetails) {
    super(code, message, details);
    this.name = 'ServiceError';
    this.reason = reason;
  }
}
