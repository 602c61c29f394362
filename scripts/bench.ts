import process from 'node:process';
import { type Part, withBench } from './bench/bench.ts';
import { filesPart } from './bench/files.ts';
import { aboutRun } from './bench/machine.ts';
import { memoryPart } from './bench/memory.ts';
import { mysqlPart } from './bench/mysql.ts';
import { parseOptions } from './bench/options.ts';
import { postgresPart } from './bench/postgres.ts';
import { s3Part } from './bench/s3.ts';
import { scalePart } from './bench/scale.ts';
import { sqlitePart } from './bench/sqlite.ts';
import { startUpPart } from './bench/start-up.ts';

// npm run bench -- [--scale 1] [--rounds 5] [--only part,part/section,…]: the built executable against other programs, on data
// that is made here. Markdown on standard output, progress on standard error. TMPDIR is where data and archives go.

const PARTS: Readonly<Record<string, Part>> = {
  'start-up': startUpPart,
  postgres: postgresPart,
  files: filesPart,
  mariadb: mysqlPart('mariadb'),
  mysql: mysqlPart('mysql'),
  sqlite: sqlitePart,
  scale: scalePart,
  s3: s3Part,
  memory: memoryPart,
};

const options = parseOptions(process.argv.slice(2));
const known = Object.entries(PARTS).flatMap(([name, { sections }]) => [
  name,
  ...sections.map((section) => `${name}/${section}`),
]);
const unknown = options.only?.filter((name) => !known.includes(name)) ?? [];
if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there is ${known.join(', ')}`);

await withBench(options, async (bench) => {
  const { report } = bench;
  report.print(await aboutRun(bench));
  for (const [name, part] of Object.entries(PARTS)) {
    const asked = options.only?.filter((wanted) => wanted === name || wanted.startsWith(`${name}/`));
    if (asked?.length === 0) continue;
    if (asked === undefined && part.onRequest) {
      report.missing(`${name}: runs only with --only ${name}`);
      continue;
    }
    const start = performance.now();
    report.progress(`${name}:`);
    const wanted = (section: string): boolean =>
      asked === undefined || asked.some((it) => it === name || it === `${name}/${section}`);
    try {
      await part.run(bench, wanted);
    } catch (error) {
      // The figures of the other parts are not to be lost.
      process.exitCode = 1;
      report.missing(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
    report.progress(`${name} took ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  report.printEnd();
});
