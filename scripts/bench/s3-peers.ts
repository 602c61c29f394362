import { join } from 'node:path';
import { unpackDebianPackages } from '../../test/servers/debian-package.ts';
import type { S3Server } from '../../test/servers/s3.ts';
import { runTool, tool, type Found } from '../../test/support/tools.ts';
import type { Command } from './measure.ts';

/** Another program that copies between a bucket and a folder, object by object and file by file. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  download(server: S3Server, bucket: string, folder: string): Command;
  upload(server: S3Server, folder: string, bucket: string): Command;
}

/** The programs that can be had here, each as it comes, without settings for speed; why not, of the others. */
export async function findPeers(): Promise<readonly Found<Peer>[]> {
  return Promise.all([findRclone(), findAwsCli()]);
}

async function findRclone(): Promise<Found<Peer>> {
  const found = await rcloneProgram();
  if (found.reason !== undefined) return found;
  const program = found.value;
  const copy = ({ env, endpoint, region }: S3Server, from: string, to: string): Command => ({
    program,
    args: ['copy', from, to],
    env: {
      ...env,
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Ceph',
      RCLONE_CONFIG_BENCH_ENV_AUTH: 'true',
      RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
      RCLONE_CONFIG_BENCH_REGION: region,
    },
  });
  return {
    value: {
      name: 'rclone copy',
      version: await versionOf(program, ['version'], /v(\S+)/),
      download: (server, bucket, folder) => copy(server, `bench:${bucket}`, folder),
      upload: (server, folder, bucket) => copy(server, folder, `bench:${bucket}`),
    },
  };
}

/** The one that is installed, or Debian's newest. */
async function rcloneProgram(): Promise<Found<string>> {
  const installed = await tool('rclone');
  if (installed.reason === undefined) return installed;
  const unpacked = await unpackDebianPackages('rclone', {
    packages: ['rclone'],
    programs: ['usr/bin/rclone'],
  });
  return unpacked.reason === undefined ? { value: join(unpacked.value, 'bin', 'rclone') } : unpacked;
}

async function findAwsCli(): Promise<Found<Peer>> {
  const found = await tool('aws');
  if (found.reason !== undefined) return found;
  const program = found.value;
  const sync = ({ env }: S3Server, from: string, to: string): Command => ({
    program,
    args: ['s3', 'sync', '--only-show-errors', from, to],
    env,
  });
  return {
    value: {
      name: 'aws s3 sync',
      version: await versionOf(program, ['--version'], /aws-cli\/(\S+)/),
      download: (server, bucket, folder) => sync(server, `s3://${bucket}`, folder),
      upload: (server, folder, bucket) => sync(server, folder, `s3://${bucket}`),
    },
  };
}

async function versionOf(program: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout } = await runTool(program, args);
  return pattern.exec(stdout.toString())?.[1] ?? 'of unknown version';
}
