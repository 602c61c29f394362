import type { ArchiveReader } from '../../archive/archive.ts';
import { totalsOf } from '../../archive/totals.ts';
import { engineForUrl } from '../../database/registry.ts';
import { type Findings, problemOf } from './findings.ts';
import type { PreflightRequest } from './request.ts';
import type { PlannedDatabase } from '../restore-plan.ts';

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
  try {
    const { database: url, env, reporter, signal, noOwner, noPrivileges, overwrite: replace } = request;
    const target = await engine.openTarget({ url, env, reporter, signal, noOwner, noPrivileges, replace });
    resources.defer(() => target.close());
    const isEmpty = await target.isEmpty();
    if (!isEmpty && !replace) {
      problems.push({
        message: `the database ${target.name} is not empty`,
        hint: '--overwrite replaces all that it holds; or restore into a new one',
      });
    }
    problems.push(...(await target.preflight(manifest.facts)));
    const { tables, rows, rowBytes: bytes } = totalsOf(archive.manifest);
    changes.push({
      what: 'database',
      source: manifest.facts.database,
      target: target.name,
      creates: { tables, rows, bytes },
      removes: isEmpty || !replace ? null : await target.measure(),
    });
    return { manifest, engine: engine.name, target };
  } catch (error) {
    problems.push(problemOf(error));
    return null;
  }
}
