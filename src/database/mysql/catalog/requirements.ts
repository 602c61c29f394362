import { isRelation, labelOf } from '../../../core/selection.ts';
import { accountLabel } from '../definer.ts';
import type { Feature, Requirements } from '../facts.ts';
import { namesDatabase } from '../own-name.ts';
import type { SchemaObject } from './object.ts';
import type { ProgramObject } from './programs/program.ts';
import type { Programs } from './programs/programs.ts';
import type { TableObject } from './tables/tables.ts';

/** The objects of an export, by what they are. */
export interface Exported extends Programs {
  readonly tables: readonly TableObject[];
}

/** How many objects a definer is told with. */
const MOST_OBJECTS = 5;

/** What a target must have for these objects. */
export function requirementsOf(
  exported: Exported,
  { database, collation }: { readonly database: string; readonly collation: string },
): Requirements {
  const { tables, routines, views, triggers, events } = exported;
  const programs = [...routines, ...views, ...triggers, ...events];
  const relations = [...tables, ...views].filter(({ kind }) => isRelation(kind)).map(({ name }) => name);
  const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];
  const present = (values: readonly (string | null)[]) => unique(values.filter((value) => value !== null));
  return {
    definers: definersOf(programs),
    collations: unique([collation, ...[...tables, ...programs].flatMap((object) => object.collations)]),
    storageEngines: unique(tables.filter(({ kind }) => kind === 'TABLE').map((table) => table.storageEngine)),
    features: firstOfEach([...tables, ...programs].flatMap(({ features }) => features)),
    kinds: unique([
      ...[...tables, ...programs].flatMap(({ preData, postData }) =>
        [...preData, ...postData].map(({ kind }) => kind),
      ),
      ...(tables.some(({ hasForeignKey }) => hasForeignKey) ? ['FOREIGN KEY'] : []),
    ]),
    mixedCaseNames: relations.filter((name) => name !== name.toLowerCase()),
    caseClashes: clashesOf(relations),
    tablesWithoutPrimaryKey: tables
      .filter(({ kind, hasPrimaryKey }) => kind === 'TABLE' && !hasPrimaryKey)
      .map(({ name }) => name),
    historyTables: tables.filter(({ rows }) => (rows?.rowEnd ?? null) !== null).map(({ name }) => name),
    undeclaredFunctions: routines.filter(({ isDeclared }) => !isDeclared).map(({ name }) => name),
    ownName: programs
      .filter(({ postData }) => postData.some((statement) => namesDatabase(statement, database)))
      .map(objectLabel),
    timeZones: unique(events.map(({ timeZone }) => timeZone)).filter(
      (zone) => zone !== 'SYSTEM' && !/^[+-]\d/.test(zone),
    ),
    tablespaces: present(tables.map(({ tablespace }) => tablespace)),
    dataDirectories: present(tables.map(({ dataDirectory }) => dataDirectory)),
  };
}

function definersOf(programs: readonly ProgramObject[]): Requirements['definers'] {
  const objects = new Map<string, string[]>();
  for (const program of programs) {
    if (program.definer === null) continue;
    const account = accountLabel(program.definer);
    const list = objects.get(account) ?? [];
    if (list.length < MOST_OBJECTS) list.push(objectLabel(program));
    objects.set(account, list);
  }
  return Array.from(objects, ([account, list]) => ({ account, objects: list }));
}

function firstOfEach(features: readonly Feature[]): Feature[] {
  const found = new Map<string, Feature>();
  for (const feature of features) if (!found.has(feature.what)) found.set(feature.what, feature);
  return [...found.values()];
}

function clashesOf(names: readonly string[]): string[][] {
  const groups = Map.groupBy(names, (name) => name.toLowerCase());
  return [...groups.values()].filter((group) => group.length > 1);
}

/** An object for messages: `trigger t of orders`. */
function objectLabel({ kind, name, table }: SchemaObject): string {
  return labelOf({ id: 0, kind, schema: null, name, table, needs: [], partOf: [], comesWith: [] });
}
