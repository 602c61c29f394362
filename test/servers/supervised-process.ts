import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { ServerUser } from './server-user.ts';

/**
 * The shell between the test and its server: it ends the server and removes the folder as soon as standard input
 * ends. The system closes that pipe however the test process ends, by SIGKILL too.
 */
const SUPERVISOR = `
folder=$1; signal=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -$signal $server; } 2>/dev/null &
watcher=$!
wait $server; code=$?
kill $watcher 2>/dev/null
exec 3<&-
cd /; rm -rf "$folder"
exit $code
`;

/** A server process that cannot outlive the process that started it. */
export interface SupervisedProcess {
  /** Resolves with the exit code when the server has ended and its folder is gone. */
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  /** What it has written so far, readable after its end too. */
  log(): string;
  /** Ends the server and waits for that. */
  stop(): Promise<void>;
}

/**
 * Starts `command` as `user` in `folder`, which is removed when the server ends or this process does. The server has
 * a session of its own, so that Ctrl-C in the terminal reaches the test and not the server.
 * @param options `signal`: what ends it at once, SIGQUIT unless given
 */
export async function superviseProcess(
  command: string,
  args: readonly string[],
  options: { user: ServerUser; folder: string; env?: NodeJS.ProcessEnv; signal?: 'QUIT' | 'TERM' | 'KILL' },
): Promise<SupervisedProcess> {
  const log = openSync(join(options.folder, 'server.log'), 'ax+');
  const supervisor = ['-c', SUPERVISOR, 'supervisor', options.folder, options.signal ?? 'QUIT'];
  const child = spawn('/bin/sh', [...supervisor, command, ...args], {
    cwd: options.folder,
    detached: true,
    env: options.env ?? process.env,
    stdio: ['pipe', log, log],
    ...(options.user.foreign ? { uid: options.user.uid, gid: options.user.gid } : {}),
  });
  let lastWords: string | undefined;
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      // The file itself is gone with the folder.
      lastWords = readAll(log);
      closeSync(log);
      resolve(code);
    });
  });
  // A test that forgets its server still ends; the supervisor then stops the server.
  child.unref();
  (child.stdin as Socket).unref();
  return {
    exited,
    hasExited: () => lastWords !== undefined,
    log: () => lastWords ?? readAll(log),
    stop: async () => {
      child.ref();
      child.stdin?.destroy();
      await exited;
    },
  };
}

function readAll(file: number): string {
  const content = Buffer.alloc(fstatSync(file).size);
  return content.toString('utf8', 0, readSync(file, content, 0, content.length, 0));
}
