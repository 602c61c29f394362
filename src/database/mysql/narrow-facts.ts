import { labelOf } from '../../core/selection.ts';
import type { DatabaseFacts, Statement } from '../engine.ts';
import { archivedFacts } from './archived-facts.ts';
import { accountLabel, definerOf } from './definer.ts';
import type { Feature, MysqlFacts, Requirements } from './facts.ts';
import { statementFeatures } from './features/statement-features.ts';
import { namesDatabase } from './own-name.ts';
import { readStatements } from './script.ts';

/** How many objects a definer is told with. */
const MOST_OBJECTS = 5;

/**
 * The facts of an archive as they are when only these of its statements are restored: what none of them asks for is not asked
 * of the target. A name counts as asked for wherever it stands, so that nothing needed is passed over.
 */
export async function narrowFacts(
  facts: DatabaseFacts,
  statements: AsyncIterable<Statement>,
): Promise<MysqlFacts> {
  const archived = archivedFacts(facts);
  const { requires } = archived;
  const found = new Found(archived.database, [
    ...requires.collations,
    ...requires.storageEngines,
    ...requires.tablespaces,
    ...requires.dataDirectories,
  ]);
  for await (const statement of statements) found.read(statement);
  return { ...archived, requires: narrowRequirements(requires, found, archived.collation) };
}

function narrowRequirements(requires: Requirements, found: Found, collation: string): Requirements {
  const made = (names: readonly string[]): string[] => names.filter((name) => found.names.has(name));
  return {
    ...requires,
    definers: Array.from(found.definers, ([account, objects]) => ({
      account,
      objects: objects.slice(0, MOST_OBJECTS),
    })),
    collations: requires.collations.filter((name) => name === collation || found.mentions(name)),
    storageEngines: requires.storageEngines.filter((name) => found.mentions(name)),
    features: [...found.features.values()],
    kinds: requires.kinds.filter((kind) => found.kinds.has(kind)),
    mixedCaseNames: made(requires.mixedCaseNames),
    caseClashes: requires.caseClashes.map(made).filter((group) => group.length > 1),
    tablesWithoutPrimaryKey: made(requires.tablesWithoutPrimaryKey),
    historyTables: made(requires.historyTables),
    undeclaredFunctions: requires.undeclaredFunctions.filter((name) => found.functions.has(name)),
    ownName: found.ownName,
    // Events are in no selection of tables.
    timeZones: [],
    tablespaces: requires.tablespaces.filter((name) => found.mentions(name)),
    dataDirectories: requires.dataDirectories.filter((path) => found.mentions(path)),
  };
}

/** What statements make and mention. */
class Found {
  readonly names = new Set<string>();
  readonly functions = new Set<string>();
  /** By what they are called, each with the first object that has it. */
  readonly features = new Map<string, Feature>();
  readonly kinds = new Set<string>();
  /** Who they run as, each with the objects. */
  readonly definers = new Map<string, string[]>();
  readonly #wanted: Set<string>;
  readonly #mentioned = new Set<string>();

  /** Objects that name the database in their text. */
  readonly ownName: string[] = [];
  readonly #database: string;

  /** @param wanted what may be mentioned, whatever the case of its letters */
  constructor(database: string, wanted: readonly string[]) {
    this.#database = database;
    this.#wanted = new Set(wanted.map((text) => text.toLowerCase()));
  }

  read(statement: Statement): void {
    const { kind, name, sql, about } = statement;
    for (const feature of statementFeatures(statement)) {
      if (!this.features.has(feature.what)) this.features.set(feature.what, feature);
    }
    this.names.add(name);
    this.kinds.add(kind);
    if (kind === 'FUNCTION') this.functions.add(name);
    if (kind === 'TABLE' && sql.includes('FOREIGN KEY')) this.kinds.add('FOREIGN KEY');
    const text = sql.toLowerCase();
    for (const wanted of this.#wanted) {
      if (!text.includes(wanted)) continue;
      this.#mentioned.add(wanted);
      this.#wanted.delete(wanted);
    }
    const label = labelOf({
      id: 0,
      table: null,
      ...about,
      kind,
      name,
      schema: null,
      needs: [],
      partOf: [],
      comesWith: [],
    });
    if (namesDatabase(statement, this.#database)) this.ownName.push(label);
    for (const account of definersIn(sql)) {
      const objects = this.definers.get(account) ?? [];
      this.definers.set(account, [...objects, label]);
    }
  }

  mentions(text: string): boolean {
    return this.#mentioned.has(text.toLowerCase());
  }
}

/** Who the programs of a statement run as. */
function definersIn(sql: string): Set<string> {
  const definers = readStatements(sql).map(definerOf);
  return new Set(definers.filter((definer) => definer !== null).map(accountLabel));
}
