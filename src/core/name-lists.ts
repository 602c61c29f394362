/** How many names a message shows before it only counts. */
const MAX_NAMES = 20;

/** Names as a list: `a, b, c`. Of many the first are named and the rest is counted. */
export function nameList(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** One command for each name. Of many the first are given and the rest is counted. */
export function commandList(names: readonly string[], command: (name: string) => string): string {
  const rest = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).map(command).join(' ');
  return rest > 0 ? `${shown} and so on for ${rest} more` : shown;
}

/** `role` or `roles`, by how many there are. */
export function plural(names: readonly string[], singular: string): string {
  return names.length === 1 ? singular : `${singular}s`;
}
