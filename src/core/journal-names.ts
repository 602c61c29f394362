import { HoldfastError } from './errors.ts';
import { ownerTag } from './owner-tag.ts';
import { printable } from './printable.ts';

const NAME = /^\.holdfast-journal-([0-9a-f]{12})\.json$/;
const TEMPORARY_NAME = /^\.holdfast-journal-([0-9a-f]{12})\.json\.(.+)\.tmp$/;

/** What the names of journals, and of what is on the way to becoming one, begin with. */
export const JOURNAL_PREFIX = '.holdfast-journal-';

/** In bytes. Journals have a few hundred for each storage; what is larger is none. */
export const LARGEST_JOURNAL = 1 << 20;

/** The name of the journal with a token, wherever it lies. */
export function journalName(token: string): string {
  return `${JOURNAL_PREFIX}${token}.json`;
}

/** The token in the name of a journal; null for other names. */
export function tokenOf(name: string): string | null {
  return NAME.exec(name)?.[1] ?? null;
}

/** The name beside a journal under which this process writes, or claims, it. */
export function temporaryJournalName(token: string): string {
  return `${journalName(token)}.${ownerTag()}.tmp`;
}

/** The token and the writer's tag in such a name; null for other names. */
export function temporaryOf(name: string): { readonly token: string; readonly writer: string } | null {
  const [, token, writer] = TEMPORARY_NAME.exec(name) ?? [];
  return token === undefined || writer === undefined ? null : { token, writer };
}

/** @param address where the journal lies */
export function takenOver(address: string): HoldfastError {
  return new HoldfastError(
    'refused',
    `Another process finishes or undoes the restore of the journal ${printable(address)}.`,
    { hint: 'Wait until it has ended, then try again.' },
  );
}
