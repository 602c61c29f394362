import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { LOST_AND_FOUND } from './mount-points.ts';

/** Names of what a restore keeps in a directory while it works there: of this module, and of the workflow's journal. */
const OWN_NAME = /^\.holdfast-(?:staging|incoming|old|undone|trash|journal)-[0-9a-f]{12}/;

const TOKEN = /^[0-9a-f]{12}$/;

/** How much of the target's name goes into the names beside it: with the rest they stay below 255 bytes. */
const NAME_CHARACTERS = 50;

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value);
}

/** True for a name that restores use in a directory they restore into, and that nothing else may have there. */
export function isOwnName(name: string): boolean {
  return OWN_NAME.test(name);
}

/** True for what may lie in a directory that counts as empty: staging and journals left by a kill, and the file system's own. */
export function isNoContent(name: string): boolean {
  return (isOwnName(name) && /^\.holdfast-(?:staging|journal)-/.test(name)) || name === LOST_AND_FOUND;
}

/** The target's name as it goes into others; targets with long names of equal beginning still get different ones. */
export function stemOf(target: string): string {
  const name = basename(target);
  const characters = Array.from(name);
  if (characters.length <= NAME_CHARACTERS) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${characters.slice(0, NAME_CHARACTERS - digest.length).join('')}${digest}`;
}

/** Where what must not be lost is kept, for people to find. */
export function keptPath(workspace: string, target: string, token: string): string {
  return join(workspace, `${stemOf(target) || 'files'}.holdfast-kept-${token}`);
}
