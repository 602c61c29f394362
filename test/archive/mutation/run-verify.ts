import { runMeasured } from '../../support/run-measured.ts';

const TIMEOUT_MILLISECONDS = 30_000;
/** Node itself takes some 100 MB. */
const MEMORY_BOUND = 400_000_000;

export interface VerifyOutcome {
  /** `passed`, `damaged` or `key`; anything else must not be. */
  readonly outcome: string;
  readonly stderr: string;
  /** 0 where the system does not tell. */
  readonly peakBytes: number;
}

/** Runs an executable's `verify` on the archive at `path`. */
export async function runVerifyOf(
  executable: string,
  path: string,
  key: string | null,
): Promise<VerifyOutcome> {
  const env: Record<string, string> = key === null ? {} : { HOLDFAST_KEY: key };
  const options = { env, timeoutMilliseconds: TIMEOUT_MILLISECONDS };
  const { code, stderr, timedOut, peakBytes } = await runMeasured(executable, ['verify', path], options);
  const isCrash = /^\s+at |Unexpected error|FATAL ERROR/m.test(stderr);
  const peak = peakBytes ?? 0;
  return { outcome: outcomeOf(code, isCrash, timedOut, peak), stderr, peakBytes: peak };
}

function outcomeOf(code: number | null, isCrash: boolean, timedOut: boolean, peakBytes: number): string {
  if (timedOut) return 'hung';
  if (isCrash) return 'crashed';
  if (peakBytes > MEMORY_BOUND) return `took ${peakBytes} bytes of memory`;
  // 3: whole, but its backup was not.
  if (code === 0 || code === 3) return 'passed';
  return code === 4 ? 'damaged' : code === 5 ? 'key' : `exit ${code}`;
}
