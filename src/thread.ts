import { parentPort, workerData } from 'node:worker_threads';
import { answerChecking } from './archive/check-task.ts';
import { answerHashing } from './core/hash-task.ts';
import type { ThreadAnswer, ThreadData, ThreadTask } from './core/thread.ts';
import { answerReading } from './workflow/read-files-task.ts';

// What every thread of the process runs (core/thread.ts): answers each message with what its task gives.

type Answerer = (message: never) => ThreadAnswer;

const TASKS: Readonly<Record<ThreadTask, (options: never) => Answerer>> = {
  check: () => answerChecking,
  hash: answerHashing,
  'read-files': answerReading,
};

const { task, options } = workerData as ThreadData;
const answer = TASKS[task](options as never);
parentPort?.on('message', (message) => {
  const { reply, transfer = [] } = answer(message as never);
  parentPort?.postMessage(reply, [...transfer]);
});
