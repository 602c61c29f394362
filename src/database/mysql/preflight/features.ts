import type { Problem } from '../../../core/problem.ts';
import { nameList } from '../../../core/name-lists.ts';
import type { ServerVersion } from '../connection/server.ts';
import type { Feature } from '../facts.ts';
import type { PreflightContext } from './context.ts';

/** What the archive's objects use and the target's version or flavor does not have. Warns of another flavor. */
export function featureProblems({ session, archived, options }: PreflightContext): Promise<Problem[]> {
  const { server } = session;
  if (archived.flavor !== server.flavor) {
    options.reporter.warning(
      `The archive is of ${titleOf(archived.flavor)} ${archived.version}, and the target is ${titleOf(server.flavor)} ` +
        `${server.version}: what they have in common comes back, but routines and views may mean something else there.`,
    );
  }
  const lacking = archived.requires.features.filter((feature) => !hasFeature(server, feature));
  const kinds = [...new Set(lacking.map(({ what }) => what))];
  return Promise.resolve(
    kinds.map((what) => {
      const users = lacking.filter((feature) => feature.what === what);
      return {
        message: `the target server, ${titleOf(server.flavor)} ${server.version}, does not have ${what}: ${nameList(users.map(({ object }) => object))}`,
        hint: `restore into ${serversWith(users[0]!)}, or change it at the source and back up again`,
      };
    }),
  );
}

function hasFeature({ flavor, number }: ServerVersion, feature: Feature): boolean {
  const since = feature[flavor];
  return since !== null && number >= since;
}

function serversWith({ mysql, mariadb }: Feature): string {
  const servers = [
    mysql === null ? [] : [`MySQL ${spell(mysql)} or newer`],
    mariadb === null ? [] : [`MariaDB ${spell(mariadb)} or newer`],
  ].flat();
  return servers.length > 0 ? servers.join(', or ') : 'the server that it came from';
}

/** 101119 as people write it: 10.11.19. */
function spell(number: number): string {
  return [Math.floor(number / 10000), Math.floor(number / 100) % 100, number % 100].join('.');
}

function titleOf(flavor: ServerVersion['flavor']): string {
  return flavor === 'mariadb' ? 'MariaDB' : 'MySQL';
}
