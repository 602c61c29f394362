import { HoldfastError } from '../core/errors.ts';
import { readAttributes } from './item-attributes.ts';
import { JsonObject } from './json-object.ts';
import { MANIFEST_NAME, isStorageName, partName } from './layout.ts';
import type { ManifestLimits } from './manifest-limits.ts';
import type {
  Manifest,
  ManifestDatabase,
  ManifestFacts,
  ManifestPart,
  ManifestProblem,
  ManifestSelection,
  ManifestStorage,
  ManifestTable,
} from './manifest.ts';
import { FORMAT } from './manifest.ts';
import { quoteName } from './quote-name.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A manifest from its JSON text. Fields that this version does not know are left alone.
 * @param values how many values it may hold
 * @throws HoldfastError `damaged`, naming the field; `failed` when the archive has a newer format
 */
export function parseManifest(json: Buffer, { values }: Pick<ManifestLimits, 'values'>): Manifest {
  const manifest = JsonObject.parse(json, MANIFEST_NAME, values);
  checkFormat(manifest.count('format'));
  const tool = manifest.object('tool');
  return {
    format: FORMAT,
    tool: { name: tool.text('name'), version: tool.text('version') },
    id: manifest.match('id', UUID, 'a UUID'),
    started: manifest.match('started', TIME, 'a time in UTC'),
    finished: manifest.match('finished', TIME, 'a time in UTC'),
    complete: manifest.flag('complete'),
    problems: manifest.objects('problems').map(parseProblem),
    database: parseDatabase(manifest.objectOrNull('database')),
    storages: parseStorages(manifest.objects('storages')),
    entries: manifest.count('entries'),
    sums: manifest.sha256('sums'),
  };
}

function checkFormat(format: number): void {
  if (format > FORMAT) {
    throw new HoldfastError(
      'failed',
      `The archive was made by a newer version (format ${format}), this one reads format ${FORMAT}.`,
      { hint: 'Update holdfast, then try again.' },
    );
  }
  if (format !== FORMAT) throw new HoldfastError('damaged', `format of ${MANIFEST_NAME} is ${format}.`);
}

function parseProblem(problem: JsonObject): ManifestProblem {
  return {
    kind: problem.text('kind'),
    storage: problem.optionalText('storage'),
    path: problem.optionalText('path'),
    reason: problem.text('reason'),
  };
}

function parseDatabase(database: JsonObject | null): ManifestDatabase | null {
  if (database === null) return null;
  const partSuffix = database.match('partSuffix', /^[a-z0-9]{1,20}$/, 'a file name suffix');
  return {
    facts: parseFacts(database.object('facts')),
    partSuffix,
    preDataStatements: database.count('preDataStatements'),
    postDataStatements: database.count('postDataStatements'),
    tables: database.objects('tables').map((table) => parseTable(table, partSuffix)),
    ...(database.has('excludedTables') && { excludedTables: database.texts('excludedTables') }),
    ...(database.has('selection') && { selection: parseSelection(database.objectOrNull('selection')) }),
  };
}

function parseSelection(selection: JsonObject | null): ManifestSelection | null {
  if (selection === null) return null;
  return {
    patterns: selection.texts('patterns'),
    needed: selection.texts('needed'),
    neededCount: selection.count('neededCount'),
    leftOut: selection.texts('leftOut'),
    leftOutCount: selection.count('leftOutCount'),
  };
}

function parseFacts(facts: JsonObject): ManifestFacts {
  return {
    ...facts.plain(),
    engine: facts.text('engine'),
    version: facts.text('version'),
    database: facts.text('database'),
    encoding: facts.text('encoding'),
    snapshot: facts.textOrNull('snapshot'),
  };
}

function parseTable(table: JsonObject, partSuffix: string): ManifestTable {
  const directory = table.match('directory', /^database\/data\/[^/]+$/s, 'a directory of rows');
  const parts = parseParts(table.objects('parts'), directory, partSuffix);
  const sumOf = (field: 'rows' | 'bytes'): number => {
    const sum = parts.reduce((total, part) => total + part[field], 0);
    if (table.count(field) === sum) return sum;
    throw new HoldfastError('damaged', `${field} of ${table.name} is not the sum of its parts.`);
  };
  return {
    schema: table.text('schema'),
    name: table.text('name'),
    directory,
    columns: table.texts('columns'),
    rows: sumOf('rows'),
    bytes: sumOf('bytes'),
    withRows: table.flag('withRows'),
    ...(table.has('object') && { object: table.count('object') }),
    parts,
  };
}

/** In the order of the table. Their entries are numbered in the order in which they were written: from 1 on, each number once. */
function parseParts(parts: readonly JsonObject[], directory: string, partSuffix: string): ManifestPart[] {
  const names = parts.map((_, index) => partName(directory, index + 1, partSuffix));
  const unseen = new Set(names);
  return parts.map((part) => {
    const entry = part.text('entry');
    if (!unseen.delete(entry)) {
      const [first, last] = [quoteName(names[0]!), quoteName(names.at(-1)!)];
      const range = names.length === 1 ? first : `one of ${first} to ${last}, each once`;
      throw new HoldfastError('damaged', `entry of ${part.name} is not ${range}.`);
    }
    return { entry, rows: part.count('rows'), bytes: part.count('bytes'), sha256: part.sha256('sha256') };
  });
}

function parseStorages(storages: readonly JsonObject[]): ManifestStorage[] {
  return storages.map((storage) => {
    const name = storage.text('name');
    if (!isStorageName(name)) {
      throw new HoldfastError('damaged', `name of ${storage.name} cannot name a storage.`);
    }
    return {
      name,
      kind: storage.text('kind'),
      location: storage.text('location'),
      root: storage.isNull('root') ? null : readAttributes(storage.object('root')),
      files: storage.count('files'),
      directories: storage.count('directories'),
      symlinks: storage.count('symlinks'),
      bytes: storage.count('bytes'),
    };
  });
}
