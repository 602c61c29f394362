import { type DatabaseFacts, OWNER_KIND, PRIVILEGES_KIND, type Statement } from '../../engine.ts';
import { archivedFacts } from '../archived-facts.ts';
import type { Demands, SchemaOwners } from '../catalog/demands/demands.ts';
import type { NewerDemands } from '../catalog/demands/newer-demands.ts';
import { qualifiedName, quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { Requirements } from '../catalog/demands/requirements.ts';
import type { PostgresFacts } from '../facts.ts';

/**
 * The facts of an archive as they are when only these of its statements are restored: what none of them mentions is not
 * asked of the target. A name counts as mentioned wherever it stands, so that nothing needed is passed over.
 */
export async function narrowFacts(
  facts: DatabaseFacts,
  statements: AsyncIterable<Statement>,
): Promise<PostgresFacts> {
  const archived = archivedFacts(facts);
  const { requires } = archived;
  if (requires === null) return archived;
  const mentions = new Mentions(namesIn(requires));
  for await (const statement of statements) mentions.read(statement);
  return { ...archived, requires: narrowRequirements(requires, mentions) };
}

function narrowRequirements(requires: Requirements, mentions: Mentions): Requirements {
  const mentioned = (names: readonly string[]): string[] => names.filter((name) => mentions.has(name));
  const { owners, privileges, others } = requires.roles;
  return {
    roles: { owners: mentioned(owners), privileges: mentioned(privileges), others: mentioned(others) },
    extensions: requires.extensions.filter(({ name }) => mentions.makes('EXTENSION', name)),
    languages: mentioned(requires.languages),
    tablespaces: mentioned(requires.tablespaces),
    collations: mentioned(requires.collations),
    accessMethods: mentioned(requires.accessMethods),
    ...(requires.demands !== undefined && { demands: narrowDemands(requires.demands, mentions) }),
  };
}

function narrowDemands(all: Demands, mentions: Mentions): Demands {
  // What belongs to no table is in no selection.
  const {
    largeObjects: _largeObjects,
    subscriptions: _subscriptions,
    publicationOwners: _publicationOwners,
    ...demands
  } = all;
  const mentioned = (names: readonly string[]): string[] => names.filter((name) => mentions.has(name));
  const isOfPublic: Readonly<Record<string, boolean>> = {
    objects: mentions.schemas.has('public'),
    owner: mentions.makes(OWNER_KIND, 'public'),
    comment: mentions.makes('COMMENT', 'public'),
    privileges: mentions.makes(PRIVILEGES_KIND, 'public'),
  };
  const makesObjects = [...mentions.made].some(
    (key) => key.startsWith('SCHEMA ') || key.startsWith('EXTENSION '),
  );
  return {
    ...demands,
    superuser: demands.superuser.flatMap((demand) => {
      const names = demand.names.filter((name) => mentions.has(withoutArguments(name)));
      // Of more than the first few the archive does not tell the names.
      const isKnown = demand.count <= demand.names.length;
      if (names.length === 0 && isKnown) return [];
      return [isKnown ? { ...demand, names, count: names.length } : demand];
    }),
    // What belongs to the database itself is in no selection.
    database: demands.database.filter((change) => change === 'objects' && makesObjects),
    publicSchema: demands.publicSchema.filter((change) => isOfPublic[change] ?? true),
    settings: mentioned(demands.settings),
    settingRoles: [],
    defaultPrivilegeRoles: [],
    schemas: demands.schemas.flatMap((schema): SchemaOwners[] => {
      const roles = mentioned(schema.roles);
      return mentions.schemas.has(schema.name) && roles.length > 0 ? [{ ...schema, roles }] : [];
    }),
    ...(demands.populatedSchemas && {
      populatedSchemas: demands.populatedSchemas.filter((name) => mentions.schemas.has(name)),
    }),
    ...(demands.refreshes && { refreshes: demands.refreshes.filter(({ name }) => mentions.has(name)) }),
    features: mentioned(demands.features),
    localeBound: mentioned(demands.localeBound),
    collationVersions: demands.collationVersions.filter(({ name }) => mentions.has(name)),
    relations: Math.min(demands.relations, mentions.relations),
    ...(demands.superuserOwners && { superuserOwners: mentioned(demands.superuserOwners) }),
    ...(demands.wrappers && { wrappers: demands.wrappers.filter(({ name }) => mentions.has(name)) }),
    ...(demands.dictionaries && {
      dictionaries: demands.dictionaries.filter(({ name }) => mentions.has(name)),
    }),
    ...(demands.collations && { collations: demands.collations.filter(({ name }) => mentions.has(name)) }),
    ...(demands.nativeFunctions && {
      nativeFunctions: demands.nativeFunctions.filter(({ symbol }) => mentions.has(symbol)),
    }),
    ...(demands.versions && {
      versions: demands.versions.flatMap((demand) => {
        const names = demand.names.filter((name) => mentions.isAbout(name));
        return names.length === 0 ? [] : [{ ...demand, names }];
      }),
    }),
    ...(demands.newer && { newer: narrowNewer(demands.newer, mentions) }),
    ...(demands.configuration && {
      configuration: demands.configuration.filter(({ extension }) => mentions.makes('EXTENSION', extension)),
    }),
    ...(demands.extensionMembers && {
      extensionMembers: demands.extensionMembers.filter(({ extension }) =>
        mentions.makes('EXTENSION', extension),
      ),
    }),
    ...(demands.securityLabelProviders && {
      securityLabelProviders: mentioned(demands.securityLabelProviders),
    }),
  };
}

function narrowNewer({ features, ...named }: NewerDemands, mentions: Mentions): NewerDemands {
  const mentioned = (names: readonly string[]): string[] =>
    names.filter((name) => mentions.has(nameOfServer(name)));
  return {
    features: features.flatMap((feature) => {
      const names = feature.names.filter((name) => mentions.isAbout(name));
      // Of more than the first few the archive does not tell the names.
      const isKnown = feature.count <= feature.names.length;
      if (names.length === 0 && isKnown) return [];
      return [isKnown ? { ...feature, names, count: names.length } : feature];
    }),
    functions: mentioned(named.functions),
    types: mentioned(named.types),
    operatorClasses: mentioned(named.operatorClasses),
  };
}

/** How statements name what servers bring: `lower/1` as lower, `brin/int4_bloom_ops` as int4_bloom_ops, `_int4` as int4. */
function nameOfServer(name: string): string {
  return name
    .replace(/\/\d+$/, '')
    .replace(/^.*\//, '')
    .replace(/^_/, '');
}

/** A function's name; that of a cast, `(a AS b)`, is all in brackets. */
function withoutArguments(name: string): string {
  return name.replace(/(?<=.)\(.*$/s, '');
}

/** All names that are asked for among `requires`. */
function namesIn({ roles, demands, ...requires }: Requirements): string[] {
  return [
    ...[roles.owners, roles.privileges, roles.others].flat(),
    ...[requires.languages, requires.tablespaces, requires.collations, requires.accessMethods].flat(),
    ...(demands === undefined
      ? []
      : [
          ...demands.superuser.flatMap(({ names }) => names.map(withoutArguments)),
          ...[demands.settings, demands.features, demands.localeBound].flat(),
          ...demands.schemas.flatMap((schema) => schema.roles),
          ...[demands.newer ?? []]
            .flat()
            .flatMap(({ functions, types, operatorClasses }) =>
              [functions, types, operatorClasses].flat().map(nameOfServer),
            ),
          ...[
            demands.collationVersions,
            demands.collations ?? [],
            demands.wrappers ?? [],
            demands.dictionaries ?? [],
          ]
            .flat()
            .map(({ name }) => name),
          ...(demands.refreshes ?? []).map(({ name }) => name),
          ...(demands.nativeFunctions ?? []).map(({ symbol }) => symbol),
          ...[demands.superuserOwners ?? [], demands.securityLabelProviders ?? []].flat(),
        ]),
  ];
}

/** What statements mention of some names. */
class Mentions {
  /** The schemas of what they make. */
  readonly schemas = new Set<string>();
  /** What they make of objects without a schema: `EXTENSION hstore`. */
  readonly made = new Set<string>();
  /** What they are about, with its schema, as it is and quoted; without arguments. */
  readonly #objects = new Set<string>();
  /** How many tables, indexes, sequences and views they make at most, tables with their TOAST. */
  relations = 0;
  readonly #words: ReadonlySet<string>;
  readonly #phrases: Set<string>;
  readonly #found = new Set<string>();

  constructor(names: readonly string[]) {
    const isWord = (name: string): boolean => /^[a-z_][a-z0-9_]*$/.test(name);
    this.#words = new Set(names.filter(isWord));
    this.#phrases = new Set(names.filter((name) => !isWord(name)));
  }

  read({ kind, schema, name, sql }: Statement): void {
    if (schema === null) this.made.add(`${kind} ${name}`);
    else this.schemas.add(schema);
    const object = withoutArguments(name);
    this.#objects.add(schema === null ? object : `${schema}.${object}`);
    this.#objects.add(schema === null ? quoteIdentifier(object) : qualifiedName(schema, object));
    if (kind === 'TABLE' || kind === 'MATERIALIZED VIEW') this.relations += 3;
    else if (/^(INDEX|CONSTRAINT|SEQUENCE|VIEW|FOREIGN TABLE)$/.test(kind)) this.relations += 1;
    for (const [word] of sql.matchAll(/[A-Za-z0-9_]+/g)) if (this.#words.has(word)) this.#found.add(word);
    for (const phrase of this.#phrases) {
      if (!sql.includes(phrase) && !sql.includes(quoteIdentifier(phrase))) continue;
      this.#found.add(phrase);
      this.#phrases.delete(phrase);
    }
  }

  has(name: string): boolean {
    return this.#found.has(name);
  }

  /** Whether they are about an object (`public.t`, `public.f(integer)`), or a column (`public.t.c`) or constraint (`public.k on t`) of it. */
  isAbout(name: string): boolean {
    const object = withoutArguments(name);
    if (this.#objects.has(object) || this.#objects.has(object.replace(/\.[^.]*$/, ''))) return true;
    const [, table] = / on (.*)$/s.exec(name) ?? [];
    return table !== undefined && [...this.#objects].some((one) => one.endsWith(`.${table}`));
  }

  makes(kind: string, name: string): boolean {
    return this.made.has(`${kind} ${name}`);
  }
}
