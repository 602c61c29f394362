import type { Manifest } from '../archive/manifest.ts';
import { openArchiveAt, type ArchiveRequest } from './open-archive.ts';

export interface InspectResult {
  readonly archive: string;
  readonly manifest: Manifest;
  readonly archiveBytes: number;
  readonly encrypted: boolean;
}

/** Reads what an archive says of itself: its structure and its manifest, not its content. */
export async function runInspect(request: ArchiveRequest): Promise<InspectResult> {
  const resources = new AsyncDisposableStack();
  try {
    const { archive, bytes, encrypted } = await openArchiveAt(request, resources);
    return { archive: archive.name, manifest: archive.manifest, archiveBytes: bytes, encrypted };
  } finally {
    await resources.disposeAsync();
  }
}
