import type { Problem } from '../../../core/problem.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';
import { olderProblems } from './older-server.ts';

/** What of the server itself stands in the way: a standby, an older version, what it was built without. */
export async function serverProblems(context: PreflightContext): Promise<Problem[]> {
  return [
    ...standby(context),
    ...(await olderProblems(context)),
    ...newer(context),
    ...(await unbuiltFeatures(context)),
  ];
}

function standby({ isStandby }: PreflightContext): Problem[] {
  if (!isStandby) return [];
  return [{ message: 'the target server is a standby and read-only', hint: 'restore into its primary' }];
}

function newer({ target, archived, version }: PreflightContext): Problem[] {
  return (archived.requires?.demands?.versions ?? [])
    .filter(({ refusedSince }) => version >= refusedSince)
    .map(({ what, names, refusedSince }) => ({
      message: `the target server is PostgreSQL ${target.version}, and since ${refusedSince} none takes ${what}: ${nameList(names)}`,
      hint: `restore into a server before ${refusedSince}, or change or drop them in the source and back it up anew`,
    }));
}

interface Feature {
  readonly trial: string;
  readonly message: string;
  readonly hint: string;
}

const features: ReadonlyMap<string, Feature> = new Map([
  [
    'lz4',
    {
      trial: `SELECT pg_catalog.set_config('default_toast_compression', 'lz4', true)`,
      message: 'the target server cannot compress with lz4, as columns of the archive are set to',
      hint: 'restore into a server built with lz4 (configure --with-lz4)',
    },
  ],
  [
    'xml',
    {
      trial: `SELECT '<a/>'::pg_catalog.xml`,
      message: 'the target server cannot read values of type xml, which the archive has',
      hint: 'restore into a server built with libxml (configure --with-libxml)',
    },
  ],
]);

async function unbuiltFeatures(context: PreflightContext): Promise<Problem[]> {
  const wanted = (context.archived.requires?.demands?.features ?? []).flatMap((name) => {
    const feature = features.get(name);
    return feature === undefined ? [] : [[name, feature] as const];
  });
  const errors = await attempt(context, new Map(wanted.map(([name, { trial }]) => [name, trial])));
  return wanted.filter(([name]) => errors.has(name)).map(([, { message, hint }]) => ({ message, hint }));
}
