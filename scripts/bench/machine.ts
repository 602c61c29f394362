import { arch, platform } from 'node:process';
import { cpus, release, totalmem, availableParallelism, tmpdir } from 'node:os';
import { builtExecutable } from '../../test/support/executable.ts';
import { memoryRoot } from '../../test/support/memory-root.ts';
import { runTool } from '../../test/support/tools.ts';
import type { Bench } from './bench.ts';

/** What figures depend on, beside the programs. */
export async function aboutRun({ scale, rounds }: Bench): Promise<string> {
  const { stdout } = await runTool(builtExecutable(), ['--version']);
  const date = new Date().toISOString().slice(0, 10);
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory`;
  const data = (await memoryRoot()) ?? tmpdir();
  return `${date}, ${stdout.toString().trim()}, Node ${process.versions.node}; ${platform}-${arch}, ${cpus()[0]?.model},
${availableParallelism()} cores, ${memory}, Linux ${release()}. Scale ${scale}, ${rounds} rounds. Archives and files in ${tmpdir()}, data of
servers in ${data}; all that is read lies in the system's cache.`;
}
