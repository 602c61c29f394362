import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { TableInfo } from '../../engine.ts';
import { readHashRoots } from '../catalog/hash-roots.ts';
import { quoteLiteral } from '../catalog/sql/identifiers.ts';
import {
  copyLargeObjects,
  createStage,
  emptyStage,
  isLargeObjectData,
} from '../catalog/large-object-data.ts';
import type { Session } from '../connection/session.ts';
import { copyFromStatement } from '../copy.ts';

/** The schemas of the server's own tables, of which superusers may change rows. Extensions may have theirs there too. */
const SERVER_SCHEMAS: readonly string[] = ['pg_catalog', 'information_schema', 'pg_toast'];
/** The first number of an object that is not the server's own. */
const FIRST_USER_OBJECT = 16384;

/** Loads the rows of a database, over however many sessions. */
export class RowLoader {
  readonly #encoding: string;
  #hashRoots: ReturnType<typeof readHashRoots> | undefined;

  /** @param encoding that of the rows */
  constructor(encoding: string) {
    this.#encoding = encoding;
  }

  /**
   * Loads rows of a table, or of large objects' contents, in the session's transaction; returns how many the server counted. All
   * tables, and what they are partitions of, have to be there.
   * @throws HoldfastError `failed` for a table of the server's own: an archive's manifest can name any
   */
  async load(session: Session, table: TableInfo, rows: Readable): Promise<number> {
    if (!isLargeObjectData(table)) {
      if (SERVER_SCHEMAS.includes(table.schema)) await refuseServerTable(session, table);
      this.#hashRoots ??= readHashRoots(session);
      const into = (await this.#hashRoots).of(table);
      return session.copyIn(copyFromStatement({ ...table, ...into }, this.#encoding), rows);
    }
    await session.run(createStage);
    const count = await session.copyIn(copyLargeObjects(quoteLiteral(this.#encoding), true), rows);
    await session.run(emptyStage);
    return count;
  }
}

async function refuseServerTable(session: Session, { schema, name }: TableInfo): Promise<void> {
  const [row] = await session.query(
    `SELECT c.oid < ${FIRST_USER_OBJECT} AS own FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  if (row?.['own'] !== 't') return;
  throw new HoldfastError(
    'failed',
    `The archive has rows for ${printable(`${schema}.${name}`)}, which is the server's own.`,
    { hint: 'No backup has such rows: somebody changed the archive. Nothing was changed.' },
  );
}
