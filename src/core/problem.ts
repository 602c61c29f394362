/** Something that stands in a restore's way. */
export interface Problem {
  /** One clause without a full stop. */
  readonly message: string;
  /** What mends it: a flag or a command. */
  readonly hint: string;
}
