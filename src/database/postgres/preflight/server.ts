import type { Problem } from '../../../core/problem.ts';
import { majorVersion } from '../facts.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';

/** What of the server itself stands in the way: a standby, an older version, what it was built without. */
export async function serverProblems(context: PreflightContext): Promise<Problem[]> {
  return [...standby(context), ...older(context), ...(await unbuiltFeatures(context))];
}

function standby({ isStandby }: PreflightContext): Problem[] {
  if (!isStandby) return [];
  return [{ message: 'the target server is a standby and read-only', hint: 'restore into its primary' }];
}

function older({ target, archived, version }: PreflightContext): Problem[] {
  const wanted = majorVersion(archived.versionNumber);
  if (version >= wanted) return [];
  return [
    {
      message: `the target server is PostgreSQL ${target.version}, older than the archive's ${archived.version}`,
      hint: `restore into PostgreSQL ${wanted} or newer: an older server does not understand all that is in it`,
    },
  ];
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
