import { type Fault, type SeenRequest, s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { FAILURES, type Failure } from './failures.ts';

/** Recognises the first request of a step of a restore; asked of all requests in their order. */
type Step = () => (seen: SeenRequest) => boolean;

const isCopy = ({ headers }: SeenRequest): boolean => 'x-amz-copy-source' in headers;
const isOwnName = ({ target }: SeenRequest): boolean => target.includes('.holdfast-');

/** The third of what the step makes, so that there is something half done. */
const third =
  (matches: (seen: SeenRequest) => boolean): Step =>
  () => {
    let count = 0;
    return (seen) => {
      if (matches(seen)) count += 1;
      return count >= 3;
    };
  };

const STEPS: readonly (readonly [string, Step])[] = [
  ['staging', third(({ method, target }) => method === 'PUT' && /\.holdfast-\w+\/new\//.test(target))],
  ['putting aside', third((seen) => isCopy(seen) && /\.holdfast-\w+\/old\//.test(seen.target))],
  ['the swap', third((seen) => isCopy(seen) && !isOwnName(seen))],
  [
    'the removal of the old',
    () => {
      let isSwapped = false;
      return ({ method, target }) => {
        isSwapped ||= method === 'PUT' && target.includes('swapped.jsonl');
        return isSwapped && (method === 'DELETE' || target.includes('?delete'));
      };
    },
  ],
];

/** From some request of a step on all of them fail, until the process has ended. */
function lostIn(
  [name, step]: readonly [string, Step],
  what: string,
  fault: Fault,
  strike?: NodeJS.Signals,
): Failure {
  return {
    title: `${what} in ${name}${strike === undefined ? '' : `, then ${strike}`}`,
    codes: strike === undefined ? [1] : [1, 130],
    phase: strike === undefined ? null : 'stage',
    async prepare(run) {
      const proxy = await startFaultProxy(run.world.placement!.s3.endpoint);
      run.onRemove(() => proxy.close());
      run.endpoint = proxy.endpoint;
      const isReached = step();
      let isLost = false;
      proxy.inject((seen) => (isLost ||= isReached(seen)), fault, Infinity);
      return async () => proxy.reset();
    },
    ...(strike === undefined
      ? {}
      : {
          strike: async (child) => {
            // Some time later, when it waits before it tries again.
            setTimeout(() => child.kill(strike), 3_000).unref();
          },
        }),
    mayNeedRecovery: true,
  };
}

const EXPIRED = s3Error(400, 'ExpiredToken');
const REFUSED = s3Error(403, 'InvalidAccessKeyId');
const RESET: Fault = { kind: 'reset', when: 'before' };

/** Credentials that end in the middle. */
const EXPIRIES: readonly Failure[] = STEPS.flatMap((step) => [
  lostIn(step, 'credentials expired', EXPIRED),
  lostIn(step, 'credentials withdrawn', REFUSED),
]);

/** A service that is gone in the middle, for longer than it is waited for, which takes minutes. */
export const OUTAGES: readonly Failure[] = [
  ...STEPS.map((step) => lostIn(step, 'service gone', RESET)),
  lostIn(STEPS[0]!, 'service gone', RESET, 'SIGINT'),
];

/** What may happen to a restore into a bucket while its process lives, but for what takes minutes. */
export const BUCKET_FAILURES: readonly Failure[] = [...FAILURES, ...EXPIRIES];
