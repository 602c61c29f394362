import { resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/** Node's CommonJS has no import.meta.url, which yargs and others resolve their own files against. */
const IMPORT_META_URL = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * Modules that are packed apart with all they import, below `src/`: large ones, which few commands need and reach by
 * `await import()`. Node reads the whole of its script at each start; what is packed is one string in it.
 */
const PACKED = ['s3/sdk.ts', 'database/mysql/connection/driver.ts'];

/** The module that says where the script of threads is. In the executable, which has no files, it holds that script. */
const THREAD_SCRIPT = 'core/thread-script.ts';

/** What threads run. */
const THREAD_ENTRY = 'thread.ts';

/**
 * yargs' help and ora measure texts by `string-width`, which makes the Unicode tables of its expressions as it is loaded: as much
 * time as Node needs to start. Texts of printable ASCII are as wide as they are long; it is loaded for the first other one.
 */
const LAZY_WIDTH: Plugin = {
  name: 'lazy string-width',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^string-width$/ }, ({ namespace }) =>
      namespace === 'lazy' ? undefined : { path: 'string-width', namespace: 'lazy' },
    );
    onLoad({ filter: /./, namespace: 'lazy' }, () => ({
      contents: `
        export default (text, options) =>
          /^[ -~]*$/.test(text) ? text.length : require('string-width').default(text, options);
      `,
      resolveDir: import.meta.dirname,
    }));
  },
};

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
  const inputs = new Set<string>();
  const packer: Plugin = {
    name: 'packed modules',
    setup: ({ onResolve, onLoad }) => {
      const paths = PACKED.map((path) => resolve(root, 'src', path));
      onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
        const full = resolve(resolveDir, path);
        // What is no file is taken for CommonJS, whatever package.json says.
        return paths.includes(full) ? { path: full, namespace: 'packed' } : undefined;
      });
      onLoad({ filter: /./, namespace: 'packed' }, async ({ path }) => {
        const packed = await bundleText(root, path);
        for (const input of packed.inputs) inputs.add(input);
        return { contents: unpacking(packed.script), loader: 'js' };
      });
      onLoad({ filter: /thread-script\.ts$/ }, async ({ path }) => {
        if (path !== resolve(root, 'src', THREAD_SCRIPT)) return undefined;
        const thread = await bundleText(root, resolve(root, 'src', THREAD_ENTRY));
        for (const input of thread.inputs) inputs.add(input);
        return { contents: `export const THREAD_SCRIPT = ${JSON.stringify(thread.script)};`, loader: 'js' };
      });
    },
  };
  const main = await bundleText(root, entry, {
    plugins: [packer, LAZY_WIDTH],
    banner: { js: IMPORT_META_URL },
  });
  // V8 would keep it in two bytes a character, and take twice the time to read it.
  const other = /[^\0-\x7f]/.exec(main.script);
  if (other !== null) throw new Error(`The script holds ${JSON.stringify(other[0])}: write it as an escape.`);
  return { script: main.script, inputs: [...new Set([...main.inputs, ...inputs])] };
}

async function bundleText(root: string, entry: string, options: BuildOptions = {}): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    // Node's own modules too come by `require`: a text that is no file of its own cannot import.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    // An optional part of pg that is not installed: a binding to libpq.
    external: ['pg-native'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
    ...options,
  });
  const [output] = outputFiles ?? [];
  if (!output || !metafile) throw new Error(`${entry} gave no bundle`);
  return { script: output.text, inputs: Object.keys(metafile.inputs) };
}

/** A module that runs `script`, a CommonJS text, when it is loaded itself. */
function unpacking(script: string): string {
  const packed = brotliCompressSync(script).toString('base64');
  return `
    const script = require('node:zlib').brotliDecompressSync(Buffer.from('${packed}', 'base64')).toString();
    const run = new Function('module', 'exports', 'require', script);
    run(module, module.exports, require);
  `;
}
