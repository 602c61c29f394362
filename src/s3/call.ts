import type { S3Client } from '@aws-sdk/client-s3';
import type { Failure } from './failure.ts';

/** One request to the service, and how it is told of. */
export interface Call<Result> {
  /** What cannot be done when it fails: `read`. */
  readonly verb: string;
  readonly key?: string;
  /** What it is done to, when that is not the object of `key` alone. */
  readonly object?: string;
  /** `s3:GetObject` */
  readonly permission: string;
  readonly signal?: AbortSignal | undefined;
  /** It is made also after an abort, of what that leaves behind. */
  readonly isCleanup?: boolean;
  /** The service may work for minutes before it answers. */
  readonly isSlow?: boolean;
  /** Makes the request. @param attempt from 1 */
  request(send: S3Client, options: { readonly abortSignal: AbortSignal }, attempt: number): Promise<Result>;
  /**
   * What a failure means that is final. When it came after attempts whose answers were lost, those may have done the work.
   * @returns undefined when the failure is one
   */
  settle?(failure: Failure, hasRetried: boolean): Promise<Result | undefined>;
}

/** What a message needs of it. */
export type Told = Pick<Call<unknown>, 'verb' | 'key' | 'object' | 'permission'>;
