/**
 * What a restore's journal keeps of one target, so that another process can finish or undo the restore: plain JSON data
 * without secrets. Whoever wrote it reads it again, and checks it: it comes from a file.
 */
export type JournalRecord = Readonly<Record<string, unknown>>;
