/** What ALTER does to a trigger or event trigger whose state is not that of a new one, as the catalogs have it. */
export const TRIGGER_STATE: Readonly<Record<string, string>> = {
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
};
