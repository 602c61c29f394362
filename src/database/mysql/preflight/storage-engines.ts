import type { Problem } from '../../../core/problem.ts';
import { nameList, plural } from '../../../core/name-lists.ts';
import type { PreflightContext } from './context.ts';

/** Storage engines of the archive's tables that the target lacks or was told not to use. */
export async function storageEngineProblems({
  session,
  archived,
  variables,
}: PreflightContext): Promise<Problem[]> {
  const rows = await session.query(
    'SELECT ENGINE AS name, SUPPORT AS support FROM information_schema.ENGINES',
  );
  const there = new Set(
    rows
      .filter(({ support }) => support === 'YES' || support === 'DEFAULT')
      .map(({ name }) => fold(name ?? '')),
  );
  const wanted = archived.requires.storageEngines;
  const missing = wanted.filter((name) => !there.has(fold(name)));
  const problems: Problem[] = [];
  if (missing.length > 0) {
    problems.push({
      message: `the target server lacks the storage ${plural(missing, 'engine')} ${nameList(missing)}`,
      hint: `install the plugin (INSTALL SONAME or INSTALL PLUGIN), or change the tables at the source (ALTER TABLE … ENGINE=InnoDB) and back up again`,
    });
  }
  const disabled = new Set(
    (variables.get('disabled_storage_engines') ?? '').split(',').map((name) => fold(name.trim())),
  );
  const forbidden = wanted.filter((name) => there.has(fold(name)) && disabled.has(fold(name)));
  if (forbidden.length > 0) {
    problems.push({
      message: `the target server makes no tables of the storage ${plural(forbidden, 'engine')} ${nameList(forbidden)} (disabled_storage_engines)`,
      hint: 'take it out of disabled_storage_engines and restart the server, or change the tables at the source and back up again',
    });
  }
  const enforced = variables.get('enforce_storage_engine') ?? '';
  const others = wanted.filter(
    (name) => enforced !== '' && fold(name) !== fold(enforced) && fold(name) !== 'sequence',
  );
  if (others.length > 0) {
    problems.push({
      message: `the target server makes tables of ${enforced} alone (enforce_storage_engine), and the archive has some of ${nameList(others)}`,
      hint: 'SET GLOBAL enforce_storage_engine = NULL; until the restore is over',
    });
  }
  return problems;
}

function fold(name: string): string {
  return name.toLowerCase();
}
