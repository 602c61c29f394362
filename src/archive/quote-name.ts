const SHOWN_CHARACTERS = 500;

/** An entry's name for a message: quoted, and cut where it is so long that it would hide the rest. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}…` : name);
}
