import type { SelectionReport } from '../../../core/selection.ts';
import type { Statement } from '../../engine.ts';
import { chooseObjects } from './selection/choice.ts';
import { readComments } from './sequels/comments.ts';
import { type ExportedSchema, readDemands } from './demands/read-demands.ts';
import {
  createDependencies,
  type Dependencies,
  type DependencyRow,
  readDependencyRows,
} from './order/dependencies.ts';
import { readableStatement } from './sql/deparsed.ts';
import { readConfiguration } from './extension-configuration.ts';
import { readExtensionLinks } from './sequels/extension-links.ts';
import { createGraph, type Graph } from './order/graph.ts';
import { KINDS } from './kinds.ts';
import { largeObjectKind } from './kinds/large-object.ts';
import { subscriptionKind } from './kinds/subscription.ts';
import type { Catalog, ObjectId, ObjectKind, RequiredRoles, SchemaObject, Section } from './object.ts';
import { type Owner, readOwners } from './sequels/owner.ts';
import { type Privileges, readPrivileges } from './sequels/privileges.ts';
import { psqlStatement } from './sql/psql-text.ts';
import { readSecurityLabels } from './sequels/security-labels.ts';
import { readRequirements, type Requirements } from './demands/requirements.ts';
import type { SchemaTable, TableExclusions } from './schema-table.ts';
import { assignSections } from './order/sections.ts';
import { plainSessionStatement } from './plain-session.ts';
import { settingStatements } from './settings.ts';
import { sortObjects } from './order/sort.ts';
import { linkStatements, type OwnedStatement } from './selection/statement-links.ts';
import { linkObjects } from './selection/links.ts';
import { readTables } from './tables.ts';
import { refuseUnsupported } from './unsupported.ts';

/** A database's schema as statements, its tables, and what a target needs for them. */
export interface DatabaseSchema {
  readonly preData: Statement[];
  readonly postData: Statement[];
  readonly tables: SchemaTable[];
  /** Every exported table and sequence, also those without rows of their own. */
  readonly relations: { readonly schema: string; readonly name: string }[];
  readonly requires: Requirements;
  /** What came of a selection of tables; null without one. */
  readonly selection: SelectionReport | null;
}

export type SchemaOptions = TableExclusions;

const TABLELESS: ReadonlySet<ObjectKind> = new Set([largeObjectKind, subscriptionKind]);

/** Statements that follow an object's own: extension marks, owner, comments, security labels, a schema's privileges. */
type Sequels = Map<SchemaObject, Statement[]>;

/**
 * Reads the schema of the database that `catalog` belongs to.
 *
 * @throws HoldfastError `failed` for what cannot be exported, `usage` for an exclusion that leaves a gap
 */
export async function readSchema(catalog: Catalog, options: SchemaOptions): Promise<DatabaseSchema> {
  const ranks = new Map<SchemaObject, number>();
  for (const [rank, kind] of KINDS.entries()) {
    // Who asks for some tables need not be able to read what belongs to none.
    if (options.selectTable !== undefined && TABLELESS.has(kind)) continue;
    for (const object of await kind.collect(catalog)) ranks.set(object, rank);
  }
  const all = [...ranks.keys()];
  const rows = await readDependencyRows(catalog);
  const collected = createDependencies(rows, all);
  const configuration = (await readConfiguration(catalog, () => true)).map(({ oid, schema, name }) => ({
    id: `pg_class:${Number(oid)}` as const,
    schema,
    name,
  }));
  const { objects, report } = chooseObjects(all, collected, configuration, options);
  const dependencies =
    objects.length === all.length ? collected : createDependencies(rows, all, new Set(objects));
  const concerned = report === null ? null : rowsAbout(rows, dependencies);
  await refuseUnsupported(catalog, {
    isCovered: (id) => collected.ownerOf(id) !== undefined || concerned?.has(id) === false,
  });

  const graph = createGraph(objects, dependencies.requiredBy);
  assignSections(graph);
  const sorted = sortObjects(graph, (object) => ranks.get(object) ?? 0);

  const privileges = (await readPrivileges(catalog)).filter(
    ({ id, isBuiltIn }) => (isBuiltIn && report === null) || dependencies.ownerOf(id) !== undefined,
  );
  const isEarly = (list: Privileges) => list.isEarly && dependencies.ownerOf(list.id)?.id === list.id;
  const owners = await readOwners(catalog);
  const builtInOwners = owners
    .filter(({ isBuiltIn }) => isBuiltIn && report === null)
    .toSorted((a, b) => (a.statement.sql < b.statement.sql ? -1 : 1));
  const { sequels, owned, securityLabels } = await readSequels(
    catalog,
    dependencies,
    objects,
    owners,
    privileges.filter(isEarly),
  );
  const rolesOf = (list: keyof RequiredRoles) => objects.flatMap(({ roles }) => roles?.[list] ?? []);
  const roles: RequiredRoles = {
    owners: [...[...owned, ...builtInOwners].map(({ role }) => role), ...rolesOf('owners')],
    privileges: [...rolesOf('privileges'), ...privileges.flatMap((list) => list.roles)],
    others: rolesOf('others'),
  };
  const ids = new Set(objects.map(({ id }) => id));
  const isExported = (id: ObjectId) => ids.has(id);
  const section = (name: Section) => statementsOf(graph, sorted, sequels, name);
  const grants = [
    ...owning(
      null,
      builtInOwners.map(({ statement }) => statement),
    ),
    ...privileges
      .filter((list) => !isEarly(list))
      .flatMap(({ id, statements }) => owning(dependencies.ownerOf(id) ?? null, statements)),
  ];
  const { statements, numberOf } = linkStatements(
    [
      section('pre-data'),
      [
        ...section('post-data'),
        ...grants,
        ...inPlainSession(section('after-privileges')),
        ...section('last'),
      ],
    ],
    linkObjects(objects, dependencies),
    (object) => graph.inliners.get(object),
  );
  const [preData = [], postData = []] = statements;
  const ownerByName = new Map<string, SchemaObject | undefined>();
  for (const object of objects) if (object.kind === 'TABLE') ownerByName.set(nameKey(object), object);
  for (const relation of configuration) ownerByName.set(nameKey(relation), dependencies.ownerOf(relation.id));
  const tables = (await readTables(catalog, isExported, options)).map((table) => {
    const owner = ownerByName.get(nameKey(table));
    const object = owner === undefined ? undefined : numberOf(owner);
    return { ...table, ...(object !== undefined && { object }) };
  });
  return {
    preData: [...settingStatements(), ...preData],
    postData: [...settingStatements(), ...postData],
    tables,
    relations: objects.flatMap(({ kind, schema, name }) =>
      schema !== null && (kind === 'TABLE' || kind === 'SEQUENCE') ? [{ schema, name }] : [],
    ),
    requires: {
      ...(await readRequirements(catalog, dependencies, roles)),
      demands: await readDemands(catalog, dependencies, {
        objects,
        tables,
        sequels,
        owned,
        builtInOwners,
        privileges,
        securityLabels,
      }),
    },
    selection: report,
  };
}

function nameKey({ schema, name }: { readonly schema: string | null; readonly name: string }): string {
  return JSON.stringify([schema, name]);
}

/** The catalog rows that exported objects use, and those that are parts of them. */
function rowsAbout(rows: readonly DependencyRow[], dependencies: Dependencies): Set<ObjectId> {
  const about = new Set(dependencies.outside);
  for (const { object, referenced, types } of rows) {
    const owner = /[aiPS]/.test(types) ? dependencies.ownerOf(referenced) : undefined;
    if (owner !== undefined && owner.kind !== 'SCHEMA') about.add(object);
  }
  return about;
}

/** Statements that run under the settings of a plain session; what comes behind them does not. */
function inPlainSession(statements: OwnedStatement[]): OwnedStatement[] {
  if (statements.length === 0) return [];
  return [...owning(null, [plainSessionStatement]), ...statements, ...owning(null, settingStatements())];
}

function owning(object: SchemaObject | null, statements: readonly Statement[]): OwnedStatement[] {
  return statements.map((statement) => ({ object, statement }));
}

async function readSequels(
  catalog: Catalog,
  dependencies: Dependencies,
  objects: readonly SchemaObject[],
  owners: readonly Owner[],
  privileges: readonly Privileges[],
): Promise<{ sequels: Sequels } & Pick<ExportedSchema, 'owned' | 'securityLabels'>> {
  const byId = new Map<ObjectId, SchemaObject>(objects.map((object) => [object.id, object]));
  const sequels: Sequels = new Map();
  const owned: { object: SchemaObject; role: string }[] = [];
  const add = (object: SchemaObject | undefined, statement: Statement) => {
    if (object === undefined) return;
    sequels.set(object, [
      ...(sequels.get(object) ?? []),
      { ...statement, schema: object.schema, name: object.name },
    ]);
  };
  for (const { id, statement } of await readExtensionLinks(catalog)) add(dependencies.ownerOf(id), statement);
  for (const { id, role, statement } of owners) {
    const object = byId.get(id);
    add(object, statement);
    if (object !== undefined) owned.push({ object, role });
  }
  for (const { id, statement } of await readComments(catalog)) add(dependencies.ownerOf(id), statement);
  for (const { id, statements } of privileges) {
    for (const statement of statements) add(byId.get(id), statement);
  }
  const securityLabels = (await readSecurityLabels(catalog)).filter(
    ({ id }) => dependencies.ownerOf(id) !== undefined,
  );
  for (const { id, statement } of securityLabels) add(dependencies.ownerOf(id), statement);
  return { sequels, owned, securityLabels };
}

/** The statements of one section. What belongs to an inlined object comes after the object that holds its text. */
function statementsOf(
  graph: Graph,
  sorted: readonly SchemaObject[],
  sequels: Sequels,
  section: Section,
): OwnedStatement[] {
  const placement = {
    isInlined: (id: ObjectId) => {
      const object = graph.byId.get(id);
      return object !== undefined && graph.inliners.has(object);
    },
    isStandingIn: (id: ObjectId) => {
      const object = graph.byId.get(id);
      return object !== undefined && graph.standIns.has(object);
    },
  };
  const statements: OwnedStatement[] = [];
  for (const object of sorted) {
    if (graph.sections.get(object) !== section || graph.inliners.has(object)) continue;
    const own = object
      .statements(placement)
      .map((statement) => ({ ...statement, sql: psqlStatement(readableStatement(statement.sql)) }));
    statements.push(...owning(object, [...own, ...(sequels.get(object) ?? [])]));
    for (const id of object.inlines ?? []) {
      const inlined = graph.byId.get(id);
      if (inlined === undefined || !placement.isInlined(id)) continue;
      statements.push(...owning(inlined, sequels.get(inlined) ?? []));
    }
  }
  return statements;
}
