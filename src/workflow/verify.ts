import { totalsOf } from '../archive/totals.ts';
import { engineForUrl } from '../database/registry.ts';
import { type AgainstResult, compareDatabase } from './against/compare-database.ts';
import { checkArchive } from './check-archive.ts';
import { openArchiveAt, type ArchiveRequest } from './open-archive.ts';
import { describeProblem } from './problems.ts';

export interface VerifyRequest extends ArchiveRequest {
  /** Check structure and manifest only. */
  readonly quick: boolean;
  /** A live database to compare with; null for none. */
  readonly against: { readonly url: string; readonly jobs: number } | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface VerifyResult {
  readonly archive: string;
  /** False when the archive is good but its backup was not complete; `problems` says why, a line each. */
  readonly complete: boolean;
  readonly problems: readonly string[];
  readonly entries: number;
  readonly tables: number;
  readonly rows: number;
  readonly files: number;
  readonly archiveBytes: number;
  readonly encrypted: boolean;
  /** Null when nothing was compared. */
  readonly against: AgainstResult | null;
  readonly milliseconds: number;
}

/**
 * Proves an archive whole and unchanged, and says in what a live database differs from it.
 * @throws HoldfastError `damaged` or `key` when it is not, or cannot be read
 */
export async function runVerify(request: VerifyRequest): Promise<VerifyResult> {
  const started = Date.now();
  const resources = new AsyncDisposableStack();
  try {
    // Reading the archive may take hours.
    if (request.against !== null) await engineForUrl(request.against.url);
    const { archive, bytes, encrypted } = await openArchiveAt(request, resources);
    // Opening it has checked structure and manifest.
    if (!request.quick) await checkArchive(archive, request.reporter, request.signal);
    const against =
      request.against === null ? null : await compareDatabase(archive, { ...request, ...request.against });
    const { complete, problems } = archive.manifest;
    const { tables, rows, files } = totalsOf(archive.manifest);
    return {
      archive: archive.name,
      complete,
      problems: problems.map(describeProblem),
      entries: archive.entries.length,
      tables,
      rows,
      files,
      archiveBytes: bytes,
      encrypted,
      against,
      milliseconds: Date.now() - started,
    };
  } finally {
    await resources.disposeAsync();
  }
}
