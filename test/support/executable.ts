import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { executableName, hostPlatform } from '../../scripts/platforms.ts';

/** The path of the executable that `npm run build` makes for this machine; throws when it is missing. */
export function builtExecutable(): string {
  const path = join(import.meta.dirname, '..', '..', 'dist', executableName(hostPlatform()));
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing: run "npm run build" first`);
}
