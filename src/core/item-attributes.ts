/** What is kept of a file, directory or link beside its content, where its source has it. */
export interface ItemAttributes {
  /** Permission bits (07777). */
  readonly mode?: number;
  /** Time of last change in nanoseconds since 1970 UTC. */
  readonly mtimeNs?: bigint;
  readonly uid?: number;
  readonly gid?: number;
  readonly owner?: string;
  readonly group?: string;
}
