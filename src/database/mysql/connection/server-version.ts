import type { ServerVersion } from './server.ts';

/** Reads what VERSION() and @@version_comment say; null for a server that is neither MySQL nor MariaDB, nor a build of them. */
export function readServerVersion(version: string, comment: string): ServerVersion | null {
  const spelled = version.replace(/^5\.5\.5-(?=\d+\.)/, '');
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(spelled);
  if (!match || others.test(`${version} ${comment}`)) return null;
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  return {
    flavor: /mariadb/i.test(`${version} ${comment}`) ? 'mariadb' : 'mysql',
    version: spelled,
    number: major * 10000 + minor * 100 + patch,
  };
}

/** Databases of another kind that speak MySQL's protocol and give a version of MySQL as theirs. */
const others =
  /tidb|singlestore|memsql|vitess|oceanbase|starrocks|doris|clickhouse|dolt|matrixone|databend|polardb-x|greptime|manticore/i;
