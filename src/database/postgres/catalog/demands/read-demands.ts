import { PRIVILEGES_KIND, type Statement } from '../../../engine.ts';
import { isPermanentSchema } from '../catalog.ts';
import { readCollationDemands } from './collation-demands.ts';
import type { Dependencies } from '../order/dependencies.ts';
import { readDictionaryDemands } from './dictionary-demands.ts';
import { readConfigurationDemands } from '../extension-configuration.ts';
import { readExtensionMembers } from './extension-members.ts';
import { readSuperuserOwners, readWrapperUses } from './foreign-demands.ts';
import { readLargeObjectDemand } from './large-object-demands.ts';
import { ALONE, type Catalog, type ObjectId, type SchemaObject } from '../object.ts';
import { readNativeFunctions } from './native-functions.ts';
import { readNewerDemands } from './newer-demands.ts';
import type { Owner } from '../sequels/owner.ts';
import type { Privileges } from '../sequels/privileges.ts';
import type { SchemaTable } from '../schema-table.ts';
import type { SecurityLabel } from '../sequels/security-labels.ts';
import { readRefreshDemands } from './refresh-demands.ts';
import { readSubscriptionDemands } from './subscription-demands.ts';
import { readSuperuserDemands } from './superuser-demands.ts';
import { readVersionDemands } from './version-demands.ts';
import type { CollationVersion, Demands, SchemaOwners } from './demands.ts';

/** The parts of a schema that demands are read from. */
export interface ExportedSchema {
  readonly objects: readonly SchemaObject[];
  readonly tables: readonly SchemaTable[];
  /** The statements that follow each object: its owner, its comment. */
  readonly sequels: ReadonlyMap<SchemaObject, readonly Statement[]>;
  readonly owned: readonly { readonly object: SchemaObject; readonly role: string }[];
  /** Those of the server's own objects that were given to another role. */
  readonly builtInOwners: readonly Owner[];
  readonly privileges: readonly Privileges[];
  readonly securityLabels: readonly SecurityLabel[];
}

interface NameRow extends Record<string, string | null> {
  id: ObjectId;
  name: string;
}

export async function readDemands(
  catalog: Catalog,
  dependencies: Dependencies,
  schema: ExportedSchema,
): Promise<Demands> {
  const { objects } = schema;
  /** The names in the rows of a query whose `id` belongs to an object of the schema. */
  async function ofObjects(sql: string): Promise<string[]> {
    const rows = await catalog.query<NameRow>(sql);
    return distinct(rows.filter(({ id }) => dependencies.ownerOf(id) !== undefined).map(({ name }) => name));
  }
  const settings = objects.filter(({ kind }) => kind === 'DATABASE SETTING');
  return {
    superuser: await readSuperuserDemands(catalog, dependencies, schema),
    database: databaseChanges(objects),
    publicSchema: publicChanges(schema),
    settings: distinct([
      ...(await ofObjects(settingsOfFunctions(catalog))),
      ...(await ofObjects(SETTINGS_OF_DATABASE)),
    ]),
    settingRoles: distinct(settings.flatMap(({ roles }) => roles?.others ?? [])),
    defaultPrivilegeRoles: await ofObjects(`
      SELECT 'pg_default_acl:' || d.oid AS id, r.rolname AS name
      FROM pg_catalog.pg_default_acl AS d JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole`),
    schemas: schemaOwners(schema),
    populatedSchemas: distinct(
      objects.flatMap((object) =>
        object.schema === null || NOT_IN_SCHEMAS.has(object.kind) ? [] : [object.schema],
      ),
    ).filter((name) => name !== 'public'),
    features: await ofObjects(featureQuery(catalog)),
    localeBound: await ofObjects(localeQuery(catalog)),
    collationVersions: await readCollationVersions(catalog, dependencies),
    relations: await countRelations(catalog, dependencies),
    newer: await readNewerDemands(catalog, dependencies, schema),
    superuserOwners: readSuperuserOwners(schema.owned),
    wrappers: await readWrapperUses(catalog, dependencies),
    dictionaries: await readDictionaryDemands(catalog, dependencies),
    securityLabelProviders: distinct(schema.securityLabels.map(({ provider }) => provider)),
    collations: await readCollationDemands(catalog, dependencies),
    nativeFunctions: await readNativeFunctions(catalog, dependencies),
    versions: await readVersionDemands(catalog, dependencies),
    largeObjects: await readLargeObjectDemand(catalog, objects),
    publicationOwners: distinct(
      schema.owned.filter(({ object }) => object.kind === 'PUBLICATION').map(({ role }) => role),
    ),
    refreshes: await readRefreshDemands(catalog, (id) => objects.some((object) => object.id === id)),
    subscriptions: await readSubscriptionDemands(catalog, objects),
    extensionMembers: await readExtensionMembers(catalog, dependencies),
    configuration: await readConfigurationDemands(catalog, ({ kind, oid, schema: namespace, name }) =>
      kind === 'sequence'
        ? objects.some(({ id }) => id === `sequence_value:${Number(oid)}`)
        : schema.tables.some((one) => one.schema === namespace && one.name === name && one.withRows),
    ),
  };
}

/** Kinds that say something of a schema and make nothing in it. */
const NOT_IN_SCHEMAS = new Set(['DEFAULT ACL', 'EXTENSION CONFIGURATION']);

function databaseChanges(objects: readonly SchemaObject[]): string[] {
  const database = objects.filter(({ kind }) => kind === 'DATABASE');
  const kinds = new Set(database.flatMap((object) => object.statements(ALONE)).map(({ kind }) => kind));
  const changes = {
    comment: kinds.has('COMMENT'),
    objects: objects.some(
      ({ kind, name }) =>
        ['EXTENSION', 'PUBLICATION', 'SUBSCRIPTION'].includes(kind) ||
        (kind === 'SCHEMA' && name !== 'public'),
    ),
    privileges: kinds.has(PRIVILEGES_KIND),
    settings: objects.some(
      ({ id }) => id === 'pg_db_role_setting:0' || id.startsWith('database_properties:'),
    ),
  };
  return namesOf(changes);
}

function publicChanges({ objects, sequels, owned, privileges }: ExportedSchema): string[] {
  const isPublic = ({ kind, name }: SchemaObject) => kind === 'SCHEMA' && name === 'public';
  const own = objects.find(isPublic);
  return namesOf({
    comment: own !== undefined && (sequels.get(own) ?? []).some(({ kind }) => kind === 'COMMENT'),
    objects: objects.some(({ schema }) => schema === 'public'),
    owner: owned.some(({ object }) => isPublic(object)),
    privileges: privileges.some(({ id, statements }) => id === own?.id && statements.length > 0),
  });
}

function namesOf(changes: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(changes).filter((name) => changes[name]);
}

const SETTINGS_OF_DATABASE = `
  SELECT 'pg_db_role_setting:' || s.setrole AS id, pg_catalog.split_part(item, '=', 1) AS name
  FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS item
  WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;

function settingsOfFunctions(catalog: Catalog): string {
  return `
    SELECT 'pg_proc:' || p.oid AS id, pg_catalog.split_part(item, '=', 1) AS name
    FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL pg_catalog.unnest(p.proconfig) AS item
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_proc'::pg_catalog.regclass`, 'p.oid')}`;
}

function schemaOwners({ owned, objects, privileges }: ExportedSchema): SchemaOwners[] {
  const ids = new Map(objects.filter(({ kind }) => kind === 'SCHEMA').map(({ id, name }) => [name, id]));
  const owners = new Map<string, string>();
  for (const { object, role } of owned) if (object.kind === 'SCHEMA') owners.set(object.name, role);
  const roles = new Map<string, Set<string>>();
  for (const { object, role } of owned) {
    if (object.schema === null || owners.get(object.schema) === role) continue;
    roles.set(object.schema, (roles.get(object.schema) ?? new Set()).add(role));
  }
  return [...roles].map(([name, list]) => ({
    name,
    owner: owners.get(name) ?? null,
    roles: [...list].toSorted(),
    creators: privileges.find((one) => one.id === ids.get(name) && one.isEarly)?.creators ?? [],
  }));
}

function featureQuery(catalog: Catalog): string {
  // Columns have a compression of their own since 14.
  const isLz4 = catalog.version >= 140000 ? `a.attcompression = 'l'` : 'false';
  return `
    SELECT 'pg_class:' || c.oid AS id, CASE WHEN ${isLz4} THEN 'lz4' ELSE 'xml' END AS name
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p', 'm') AND NOT a.attisdropped AND ${isPermanentSchema('c.relnamespace')}
      AND (${isLz4} OR a.atttypid = 'pg_catalog.xml'::pg_catalog.regtype)
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'c.oid')}`;
}

function localeQuery(catalog: Catalog): string {
  const ofDatabase = `'pg_catalog."default"'::pg_catalog.regcollation`;
  return `
    SELECT 'pg_class:' || partrelid AS id, partrelid::pg_catalog.regclass::text AS name
    FROM pg_catalog.pg_partitioned_table
    WHERE partstrat = 'r' AND ${ofDatabase} = ANY (partcollation::oid[])
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'partrelid')}
    UNION ALL
    SELECT 'pg_type:' || rngtypid, rngtypid::pg_catalog.regtype::text
    FROM pg_catalog.pg_range
    WHERE rngcollation = ${ofDatabase}
      AND ${catalog.isUserObject(`'pg_catalog.pg_type'::pg_catalog.regclass`, 'rngtypid')}`;
}

/** Asked only of the collations in use: to find its version the server opens a collation. */
async function readCollationVersions(
  catalog: Catalog,
  { outside }: Dependencies,
): Promise<CollationVersion[]> {
  const oids = [...outside].filter((id) => id.startsWith('pg_collation:')).map((id) => id.split(':')[1]);
  const rows = await catalog.query<{ name: string; version: string | null }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name,
      pg_catalog.pg_collation_actual_version(c.oid) AS version
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.oid = ANY ($1::oid[]) ORDER BY 1`,
    [`{${oids.join(',')}}`],
  );
  return rows.flatMap(({ name, version }) => (version === null ? [] : [{ name, version }]));
}

async function countRelations(catalog: Catalog, dependencies: Dependencies): Promise<number> {
  const rows = await catalog.query<{ id: ObjectId; relations: string }>(`
    SELECT 'pg_class:' || oid AS id, CASE WHEN reltoastrelid = 0 THEN 1 ELSE 3 END AS relations
    FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I') AND ${isPermanentSchema('relnamespace')}
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'oid')}`);
  const own = rows.filter(({ id }) => dependencies.ownerOf(id) !== undefined);
  return own.reduce((sum, { relations }) => sum + Number(relations), 0);
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
