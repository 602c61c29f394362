import type { Statement } from '../../engine.ts';
import { readComments } from './comments.ts';
import { type ExportedSchema, readDemands } from './demands.ts';
import { createDependencies, readDependencyRows, type Dependencies } from './dependencies.ts';
import { readableStatement } from './deparsed.ts';
import { withoutTables } from './exclusion.ts';
import { readExtensionLinks } from './extension-links.ts';
import { createGraph, type Graph } from './graph.ts';
import { KINDS } from './kinds.ts';
import type { Catalog, ObjectId, RequiredRoles, SchemaObject, Section } from './object.ts';
import { readOwners } from './owner.ts';
import { readPrivileges } from './privileges.ts';
import { readRequirements, type Requirements } from './requirements.ts';
import { assignSections } from './sections.ts';
import { settingStatements } from './settings.ts';
import { sortObjects } from './sort.ts';
import { readTables, type SchemaTable } from './tables.ts';
import { refuseUnsupported } from './unsupported.ts';

/** A database's schema as statements, its tables, and what a target needs for them. */
export interface DatabaseSchema {
  readonly preData: Statement[];
  readonly postData: Statement[];
  readonly tables: SchemaTable[];
  readonly requires: Requirements;
}

export interface SchemaOptions {
  excludeTable(schema: string, name: string): boolean;
  excludeRows(schema: string, name: string): boolean;
}

/** Statements that follow an object's own: extension marks, owner, comments. */
type Sequels = Map<SchemaObject, Statement[]>;

/**
 * Reads the schema of the database that `catalog` belongs to.
 *
 * @throws HoldfastError `failed` for what cannot be exported, `usage` for an exclusion that leaves a gap
 */
export async function readSchema(catalog: Catalog, options: SchemaOptions): Promise<DatabaseSchema> {
  const ranks = new Map<SchemaObject, number>();
  for (const [rank, kind] of KINDS.entries()) {
    for (const object of await kind.collect(catalog)) ranks.set(object, rank);
  }
  const all = [...ranks.keys()];
  const isExcluded = ({ kind, schema, name, isLeftOut }: SchemaObject) =>
    isLeftOut === true || (kind === 'TABLE' && schema !== null && options.excludeTable(schema, name));
  const rows = await readDependencyRows(catalog);
  const collected = createDependencies(rows, all);
  await refuseUnsupported(catalog, {
    isCovered: (id) => collected.ownerOf(id) !== undefined,
    excludeTable: options.excludeTable,
  });
  const objects = withoutTables(all, collected, isExcluded);
  const dependencies = createDependencies(rows, all, new Set(objects));

  const graph = createGraph(objects, dependencies.requiredBy);
  assignSections(graph);
  const sorted = sortObjects(graph, (object) => ranks.get(object) ?? 0);

  const { sequels, owned } = await readSequels(catalog, dependencies, objects);
  const privileges = (await readPrivileges(catalog)).filter(
    ({ id, isBuiltIn }) => isBuiltIn || dependencies.ownerOf(id) !== undefined,
  );
  const rolesOf = (list: keyof RequiredRoles) => objects.flatMap(({ roles }) => roles?.[list] ?? []);
  const roles: RequiredRoles = {
    owners: owned.map(({ role }) => role),
    privileges: [...rolesOf('privileges'), ...privileges.flatMap((list) => list.roles)],
    others: rolesOf('others'),
  };
  const section = (name: Section) => statementsOf(graph, sorted, sequels, name);
  return {
    preData: [...settingStatements(), ...section('pre-data')],
    postData: [
      ...settingStatements(),
      ...section('post-data'),
      ...privileges.flatMap(({ statements }) => statements),
      ...section('after-privileges'),
    ],
    tables: await readTables(catalog, new Set(objects.map(({ id }) => id)), options.excludeRows),
    requires: {
      ...(await readRequirements(catalog, dependencies, roles)),
      demands: await readDemands(catalog, dependencies, { objects, sequels, owned, privileges }),
    },
  };
}

async function readSequels(
  catalog: Catalog,
  dependencies: Dependencies,
  objects: readonly SchemaObject[],
): Promise<{ sequels: Sequels; owned: ExportedSchema['owned'] }> {
  const byId = new Map<ObjectId, SchemaObject>(objects.map((object) => [object.id, object]));
  const sequels: Sequels = new Map();
  const owned: { object: SchemaObject; role: string }[] = [];
  const add = (object: SchemaObject | undefined, statement: Statement) => {
    if (object === undefined) return;
    sequels.set(object, [...(sequels.get(object) ?? []), { ...statement, schema: object.schema }]);
  };
  for (const { id, statement } of await readExtensionLinks(catalog)) add(dependencies.ownerOf(id), statement);
  for (const { id, role, statement } of await readOwners(catalog)) {
    const object = byId.get(id);
    add(object, statement);
    if (object !== undefined) owned.push({ object, role });
  }
  for (const { id, statement } of await readComments(catalog)) add(dependencies.ownerOf(id), statement);
  return { sequels, owned };
}

/** The statements of one section. What belongs to an inlined object comes after the object that holds its text. */
function statementsOf(
  graph: Graph,
  sorted: readonly SchemaObject[],
  sequels: Sequels,
  section: Section,
): Statement[] {
  const placement = {
    isInlined: (id: ObjectId) => {
      const object = graph.byId.get(id);
      return object !== undefined && graph.inliners.has(object);
    },
  };
  const statements: Statement[] = [];
  for (const object of sorted) {
    if (graph.sections.get(object) !== section || graph.inliners.has(object)) continue;
    const own = object
      .statements(placement)
      .map((statement) => ({ ...statement, sql: readableStatement(statement.sql) }));
    statements.push(...own, ...(sequels.get(object) ?? []));
    for (const id of object.inlines ?? []) {
      const inlined = graph.byId.get(id);
      if (inlined !== undefined && placement.isInlined(id)) statements.push(...(sequels.get(inlined) ?? []));
    }
  }
  return statements;
}
