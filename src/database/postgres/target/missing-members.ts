import { MEMBERS_OF_EXTENSION } from '../catalog/demands/extension-members.ts';
import type { Session } from '../connection/session.ts';

/** Those of `members` that an extension does not have in a session's database. */
export async function missingMembers(
  session: Session,
  extension: string,
  members: readonly string[],
): Promise<string[]> {
  if (members.length === 0) return [];
  const rows = await session.query(MEMBERS_OF_EXTENSION, [extension]);
  const there = new Set(rows.map(({ member }) => member));
  return members.filter((member) => !there.has(member));
}
