import type { ArchiveReader } from '../../archive/archive.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import { findStorage } from '../../storage/registry.ts';
import type { StorageSize } from '../../storage/storage.ts';
import { databaseInTargets, overlappingTargets, sourcesInTargets } from '../overlap.ts';
import { type Findings, problemOf } from './findings.ts';
import { fitItems } from './fit-items.ts';
import type { PreflightRequest } from './request.ts';
import type { PlannedStorage } from '../restore-plan.ts';
import { FileSelection } from './select-files.ts';
import { mapStorages, type MappedStorage } from './storage-mapping.ts';

/** Looks at the storages that an archive's storages go to. */
export async function planStorages(
  archive: ArchiveReader,
  request: PreflightRequest,
  token: string,
  { problems, changes }: Findings,
): Promise<PlannedStorage[]> {
  if (request.storages === null) return [];
  const { mapped, problems: unmapped } = mapStorages(archive.manifest.storages, request.storages);
  problems.push(...unmapped, ...(await overlappingTargets(mapped.map(named))));
  if (request.overwrite) problems.push(...(await sourcesInTargets(request, mapped.map(named))));
  const { database, skipDatabase } = request;
  if (archive.manifest.database !== null && database !== null && !skipDatabase)
    problems.push(...(await databaseInTargets(database, mapped.map(named))));
  const selection = new FileSelection(request.files);
  const planned: PlannedStorage[] = [];
  for (const storage of mapped) {
    try {
      planned.push(await planStorage(archive, storage, request, token, selection, problems));
    } catch (error) {
      problems.push(problemOf(error));
    }
  }
  problems.push(...selection.unmatched(), ...(await lackOfRoom(planned)));
  for (const { archived, target, selected } of planned) {
    const removes = request.overwrite && !(await target.isEmpty()) ? await target.measure() : null;
    changes.push({ what: 'files', source: archived.name, target: target.name, creates: selected, removes });
  }
  return planned;
}

async function planStorage(
  archive: ArchiveReader,
  { archived, location }: MappedStorage,
  request: PreflightRequest,
  token: string,
  selection: FileSelection,
  problems: Problem[],
): Promise<PlannedStorage> {
  const { reporter, signal, overwrite: replace, allowIncomplete } = request;
  const storage = await findStorage(location);
  const target = await storage.openTarget({
    location,
    storage: archived.name,
    replace,
    token,
    reporter,
    signal,
  });
  if (!replace && !(await target.isEmpty())) {
    problems.push({
      message: `${printable(target.name)} is not empty`,
      hint: '--overwrite replaces all that it holds; or restore into an empty or missing one',
    });
  }
  const chosen = await selection.sizeIn(archive, archived, signal);
  const fit = await fitItems(archive, archived, target, { selection, allowIncomplete, reporter, signal });
  problems.push(...fit.problems);
  const { files, bytes } = fit.leftOut;
  const selected = { files: chosen.files - files, bytes: chosen.bytes - bytes };
  return { archived, location, kind: storage.kind, target, selected };
}

/** What each target says of its place, given all that is to come to its file system. */
async function lackOfRoom(planned: readonly PlannedStorage[]): Promise<Problem[]> {
  const needs = new Map<string | null, StorageSize>();
  for (const { target, selected } of planned) {
    const volume = await target.volume();
    const { files, bytes } = needs.get(volume) ?? { files: 0, bytes: 0 };
    needs.set(volume, { files: files + selected.files, bytes: bytes + selected.bytes });
  }
  const problems: Problem[] = [];
  for (const { target, selected } of planned) {
    const volume = await target.volume();
    problems.push(...(await target.preflight(volume === null ? selected : (needs.get(volume) ?? selected))));
  }
  return problems;
}

function named({ archived: { name }, location }: MappedStorage): { name: string; location: string } {
  return { name, location };
}
