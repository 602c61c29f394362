import type { ArchiveReader } from '../../archive/archive.ts';
import type { ManifestDatabase } from '../../archive/manifest.ts';
import { totalsOf } from '../../archive/totals.ts';
import type { Problem } from '../../core/problem.ts';
import type { Engine } from '../../database/engine.ts';
import { engineForUrl } from '../../database/registry.ts';
import { type Findings, problemOf } from './findings.ts';
import type { PreflightRequest } from './request.ts';
import type { PlannedDatabase } from '../restore-plan.ts';
import { type DatabaseSelection, selectAll, selectedStatements, selectTables } from '../select-tables.ts';

/** Looks at the database that an archive's database goes to; null when none is restored, or something is in the way. */
export async function planDatabase(
  archive: ArchiveReader,
  request: PreflightRequest,
  { problems, changes }: Findings,
  resources: AsyncDisposableStack,
): Promise<PlannedDatabase | null> {
  const { database: manifest } = archive.manifest;
  if (request.skipDatabase) return null;
  if (manifest === null) {
    if (request.databaseIsNamed) {
      problems.push({
        message: `${archive.name} holds no database, and a target for one is given`,
        hint: 'leave out --database (HOLDFAST_DATABASE), or give --skip-database',
      });
    } else if (request.tables.length > 0) {
      problems.push({
        message: `${archive.name} holds no database, and --table asks for some of it`,
        hint: 'leave out --table',
      });
    }
    return null;
  }
  if (request.database === null) {
    problems.push({
      message: `the archive holds the database ${manifest.facts.database}, and no target for it is given`,
      hint: 'give --database URL, or set HOLDFAST_DATABASE or DATABASE_URL; --skip-database restores the files alone',
    });
    return null;
  }
  const engine = await engineForUrl(request.database);
  if (engine.name !== manifest.facts.engine) {
    problems.push({
      message: `the archive holds a ${manifest.facts.engine} database; the target is ${engine.title}`,
      hint: 'restore into a database of the same kind, or give --skip-database',
    });
    return null;
  }
  const selection = await selectionOf(archive, manifest, engine, request, problems);
  if (selection === null) return null;
  try {
    const facts =
      selection.report === null
        ? manifest.facts
        : await engine.narrowFacts(manifest.facts, selectedStatements(archive, selection));
    const { env, reporter, signal, noOwner, noPrivileges, definer, jobs } = request;
    const target = await engine.openTarget({
      url: request.database,
      env,
      reporter,
      signal,
      noOwner,
      noPrivileges,
      definer,
      jobs,
      replace: request.overwrite,
    });
    resources.defer(() => target.close());
    const isEmpty = await target.isEmpty();
    if (!isEmpty && !request.overwrite) {
      problems.push({
        message: `the database ${target.name} is not empty`,
        hint: '--overwrite replaces all that it holds; or restore into a new one',
      });
    }
    problems.push(...(await target.preflight(facts)));
    const { tables, rows, rowBytes: bytes } = totalsOf({ database: { ...selection, facts }, storages: [] });
    changes.push({
      what: 'database',
      source: manifest.facts.database,
      target: target.name,
      creates: { tables, rows, bytes },
      selection: selection.report,
      removes: isEmpty || !request.overwrite ? null : await target.measure(),
    });
    return { facts, selection, engine: engine.name, target };
  } catch (error) {
    problems.push(problemOf(error));
    return null;
  }
}

/** What of the archive's database is asked for; null when something is in the way. */
async function selectionOf(
  archive: ArchiveReader,
  manifest: ManifestDatabase,
  engine: Engine,
  { tables }: PreflightRequest,
  problems: Problem[],
): Promise<DatabaseSelection | null> {
  if (tables.length === 0) return selectAll(manifest);
  const selection = await selectTables(archive, manifest, tables, engine.foldLetter);
  if (!Array.isArray(selection)) return selection;
  problems.push(...selection);
  return null;
}
