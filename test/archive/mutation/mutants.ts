import { BYTE_MUTATIONS } from './byte-mutations.ts';
import { CONTENT_MUTATIONS } from './content-mutations.ts';
import { isHarmless } from './harmless.ts';
import type { Base, Mutation } from './mutation.ts';
import { Random } from '../../support/random.ts';
import { ZIP_MUTATIONS } from './zip-mutations.ts';

/** A changed archive, and what `verify` must say of it. */
export interface Mutant {
  /** With the seed it makes the same mutant again, but for what is random in the base. */
  readonly number: number;
  readonly base: Base;
  readonly kind: string;
  readonly bytes: Buffer;
  /** `same` is for what was changed without changing anything that counts: it may pass or be refused. */
  readonly expected: 'refused' | 'same' | 'another sound archive';
}

/** Makes `count` mutants, each kind of mutation on each base in turn. */
export function* makeMutants(
  bases: readonly Base[],
  seed: number,
  count: number,
): Generator<Mutant, void, void> {
  const kinds = [...BYTE_MUTATIONS, ...ZIP_MUTATIONS, ...CONTENT_MUTATIONS];
  const pairs = kinds.flatMap((mutation) => bases.map((base) => ({ mutation, base })));
  for (let number = 0, tried = 0; number < count; tried++) {
    const { mutation, base } = pairs[tried % pairs.length]!;
    const bytes = mutation.apply(base, new Random(seed + tried));
    if (bytes === null || bytes.equals(base.bytes)) continue;
    yield { number, base, kind: mutation.kind, bytes, expected: expectedOf(mutation, base, bytes) };
    number++;
  }
}

function expectedOf({ outcome }: Mutation, base: Base, bytes: Buffer): Mutant['expected'] {
  if (outcome !== 'refused') return outcome;
  return isHarmless(base, bytes) ? 'same' : outcome;
}

/**
 * What a mutant came to, in one word for tables; `wrong: …` when it is not what it must be.
 * @param outcome `passed`, the code of the error that `verify` ended with, or what else happened
 */
export function judge(expected: Mutant['expected'], outcome: string): string {
  if (outcome !== 'passed')
    return ['damaged', 'key'].includes(outcome) && expected !== 'another sound archive'
      ? outcome
      : `wrong: ${outcome}`;
  return expected === 'refused' ? 'wrong: passed' : expected;
}
