import { build } from 'esbuild';

/** Node's CommonJS has no import.meta.url, which yargs and others resolve their own files against. */
const IMPORT_META_URL = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * Bundles `entry` and all that it imports into one CommonJS text, the only format that pkg takes for a single file.
 * A module that is only reached by `await import()` becomes a function that runs when the import is reached.
 */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
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
  return output.text;
}
