/** What a backup has to read besides tables and sequences, and the connected role may not. */
export interface UnreadableObject {
  /** For a message: `subscription feed: it may not read how it connects`. */
  readonly description: string;
  /** Commands that let it, and who may say them. */
  readonly mend: string;
  /** True when membership in pg_read_all_data (since 14) lets it too. */
  readonly isData: boolean;
}
