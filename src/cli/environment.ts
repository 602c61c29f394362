/** The process's environment, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment variable of an option: `key-file` has `HOLDFAST_KEY_FILE`. */
export function environmentTwin(option: string): string {
  return `HOLDFAST_${option.toUpperCase().replaceAll('-', '_')}`;
}
