import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, expect } from 'vitest';
import { compareDumps, countLines, measureDump } from '../../../scripts/fidelity/dump.ts';
import { required, tool } from '../../support/tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const DUMP = `--
-- Name: t; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.t (
    a integer
);

--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.t (a) FROM stdin;
1
-- /2
\\.
`;

it('counts lines, and objects by kind', async () => {
  const file = join(await temporaryFolder(), 'dump.sql');
  await writeFile(file, DUMP);
  const { lines, objects } = await measureDump(file);
  expect(lines).toBe(16);
  expect([...objects]).toEqual([
    ['TABLE', 1],
    ['TABLE DATA', 1],
  ]);
});

it('tells dumps that are equal from those that are not, and counts both sides', async (context) => {
  required(context, await tool('diff'));
  const folder = await temporaryFolder();
  const [first, second] = [join(folder, 'first.sql'), join(folder, 'second.sql')];
  await writeFile(first, DUMP);
  await writeFile(second, DUMP);
  expect(await compareDumps(first, second)).toBe('');
  await writeFile(second, DUMP.replace('integer', 'bigint').replace('-- /2\n', ''));
  const diff = await compareDumps(first, second);
  expect(diff).toContain('-    a integer\n+    a bigint\n');
  expect(countLines(diff)).toBe(3);
});
