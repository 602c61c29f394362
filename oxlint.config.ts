import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type OxlintOverride } from 'oxlint';

/** What each room of src/ may import besides itself; `main` is src/main.ts, every other name a folder. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  main: ['cli', 'core'],
  cli: ['workflow', 'archive', 'crypt', 'database', 'storage', 'location', 'core'],
  workflow: ['archive', 'crypt', 'database', 'storage', 'location', 'core'],
  archive: ['core'],
  crypt: ['core'],
  database: ['core'],
  storage: ['s3', 'core'],
  location: ['s3', 'core'],
  s3: ['core'],
  core: [],
};

/** Rooms whose folders are interchangeable parts: only registry.ts (and that for threads) names them, and they see only the contract. */
const CONTRACTS = { database: 'engine.ts', storage: 'storage.ts' };

/** How many folders deep a file of an engine or a storage may lie. */
const MAX_DEPTH = 4;

const ONE_WAY = 'Imports run one way, and siblings do not import each other (docs/architecture.md).';
const ONLY_REGISTRY = 'Only registry.ts names engines and storages (docs/architecture.md).';
const ONLY_CLI = 'Only src/cli knows a terminal.';
const ONLY_SEEDED = 'Import fc from test/support/fast-check.ts, which gives it its seed.';
const ONLY_MAIN = 'Only src/main.ts ends the process.';

type Pattern = { regex: string; message: string };

function restrictImports(room: string, patterns: Pattern[]): OxlintOverride['rules'] {
  const terminal = room === 'cli' ? [] : ['chalk', 'ora', 'yargs', 'yargs/helpers'];
  const paths = [
    ...terminal.map((name) => ({ name, message: ONLY_CLI })),
    ...['process', 'node:process'].map((name) => ({ name, importNames: ['exit'], message: ONLY_MAIN })),
  ];
  return { 'no-restricted-imports': ['error', { paths, patterns }] };
}

/** Relative imports, any number of folders up, of a room that `room` may not see. */
function otherRooms(room: string): Pattern {
  const hidden = Object.keys(MAY_IMPORT).filter((name) => name !== room && !MAY_IMPORT[room]?.includes(name));
  const up = room === 'main' ? String.raw`\./` : String.raw`(\.\./)+`;
  return { regex: String.raw`^${up}(${hidden.join('|')})(/|\.ts$)`, message: ONE_WAY };
}

const rooms = Object.keys(MAY_IMPORT).map((room) => {
  const named = room in CONTRACTS ? String.raw`^\./[^/]+/` : `/(${Object.keys(CONTRACTS).join('|')})/[^/]+/`;
  return {
    files: [room === 'main' ? 'src/main.ts' : `src/${room}/**`],
    rules: restrictImports(room, [otherRooms(room), { regex: named, message: ONLY_REGISTRY }]),
  };
});

const registries = Object.keys(CONTRACTS).map((room) => ({
  files: [`src/${room}/registry.ts`, `src/${room}/file-readers.ts`],
  rules: restrictImports(room, [otherRooms(room)]),
}));

/** Files of an engine or a storage: of what lies beside their own folder they see only the contract. */
const parts = Object.entries(CONTRACTS).flatMap(([room, contract]) => {
  const beside = readdirSync(join(import.meta.dirname, 'src', room))
    .filter((name) => name.endsWith('.ts') && name !== contract)
    .map((name) => name.replace('.ts', String.raw`\.ts$`));
  return Array.from({ length: MAX_DEPTH }, (_, index) => ({
    files: [`src/${room}/${'*/'.repeat(index + 1)}*.ts`],
    rules: restrictImports(room, [
      otherRooms(room),
      { regex: String.raw`^(\.\./){${index + 1}}(${['[^/.]+/', ...beside].join('|')})`, message: ONE_WAY },
    ]),
  }));
});

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true, denyWarnings: true },
  ignorePatterns: ['dist', '.cache', 'test/vectors'],
  rules: {
    'no-restricted-properties': ['error', { object: 'process', property: 'exit', message: ONLY_MAIN }],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'no-empty': 'error',
    'no-eq-null': 'error',
    'no-param-reassign': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    eqeqeq: 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'unicorn/prefer-node-protocol': 'error',
    // Rows, parts and files are read one after the other on purpose: that is what bounds memory.
    'no-await-in-loop': 'off',
    // What comes from JSON, a catalog row or a caught value has to be asserted somewhere.
    'typescript/no-unsafe-type-assertion': 'off',
    // Interfaces here are filled by closures, which need no `this`.
    'typescript/unbound-method': 'off',
    'import/no-named-as-default-member': 'off',
    // A stream's own methods answer through callbacks.
    'promise/always-return': 'off',
    'promise/no-callback-in-promise': 'off',
    'promise/no-promise-in-callback': 'off',
    'eslint/no-underscore-dangle': 'off',
    'eslint/no-unmodified-loop-condition': 'off',
    'eslint/no-useless-concat': 'off',
    'oxc/no-map-spread': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/prefer-set-has': 'off',
    // Helpers of the tests assert too.
    'vitest/expect-expect': 'off',
    'vitest/no-conditional-expect': 'off',
    // tsc's noImplicitReturns, which knows `void`.
    'typescript/consistent-return': 'off',
  },
  overrides: [
    ...rooms,
    ...registries,
    ...parts,
    {
      files: ['test/**'],
      rules: {
        'no-restricted-imports': ['error', { paths: [{ name: 'fast-check', message: ONLY_SEEDED }] }],
      },
    },
    { files: ['src/main.ts'], rules: { 'no-restricted-properties': 'off' } },
  ],
});
