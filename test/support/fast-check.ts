// oxlint-disable-next-line no-restricted-imports -- here it gets its seed
import fc from 'fast-check';
import { SEED } from './seed.ts';

fc.configureGlobal({ seed: SEED });

export { fc };
