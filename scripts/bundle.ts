import { build } from 'esbuild';

/** Node's CommonJS has no import.meta.url, which yargs and others resolve their own files against. */
const IMPORT_META_URL = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

export interface Bundle {
  /** One CommonJS text, the only format that pkg takes for a single file. */
  readonly script: string;
  /** The files that went into it, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * Bundles `entry`, a path below `root`, and all that it imports. A module that is only reached by `await import()`
 * becomes a function that runs when the import is reached.
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: IMPORT_META_URL },
    // An optional part of pg that is not installed: a binding to libpq.
    external: ['pg-native'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`${entry} gave no bundle`);
  return { script: output.text, inputs: Object.keys(metafile.inputs) };
}
