import process from 'node:process';
import sea from '@yao-pkg/pkg/lib-es5/sea.js';

// node scripts/pack-executable.ts SCRIPT NODE-RANGE PLATFORM ARCH OUTPUT: what `pkg --sea SCRIPT` does, with options for Node in the
// executable, which pkg's command line has none for. The environment says where pkg's home is.

/** What V8 keeps for young objects is 64 MiB by default, of which requests to S3 make it use all. See docs/decisions/0023. */
const NODE_OPTIONS = ['--max-semi-space-size=4'];

const [source = '', nodeRange = '', platform = '', arch = '', output = ''] = process.argv.slice(2);
const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  execArgv: NODE_OPTIONS,
};
const target = { nodeRange, platform: platform as 'linux', arch, output };
await sea.default(source, { targets: [target], seaConfig });
