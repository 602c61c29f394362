import type { Random } from '../../support/random.ts';

/** An archive or crypt that is sound, before it is changed. */
export interface Base {
  readonly name: string;
  readonly bytes: Buffer;
  /** 64 hex digits, for a crypt. */
  readonly key: string | null;
}

export interface Mutation {
  /** The class of mutation, as the tables call it. */
  readonly kind: string;
  /**
   * What `verify` must make of it: refuse it, unless nothing but what no reader uses was changed; or pass it, since it is
   * another sound archive. A plain archive has no signature: who can write it can write another. Only a crypt cannot
   * be changed by somebody without its key.
   */
  readonly outcome: 'refused' | 'another sound archive';
  /** The changed bytes, or null where there is nothing of the kind to change. */
  apply(base: Base, random: Random): Buffer | null;
}
