import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** Machine code that functions name: the server makes no function whose code it does not find. */
export interface NativeFunction {
  /** As CREATE FUNCTION has it: `$libdir/plpgsql`; null for what is part of the server. */
  readonly library: string | null;
  readonly symbol: string;
}

interface NativeRow extends Record<string, string | null> {
  id: ObjectId;
  library: string | null;
  symbol: string;
}

/** What the functions in C and in the language `internal` name, each once. */
export async function readNativeFunctions(
  catalog: Catalog,
  dependencies: Dependencies,
): Promise<NativeFunction[]> {
  const rows = await catalog.query<NativeRow>(`
    SELECT 'pg_proc:' || p.oid AS id, p.probin AS library, p.prosrc AS symbol
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a'
      AND ${catalog.isUserObject(`'pg_catalog.pg_proc'::pg_catalog.regclass`, 'p.oid')}
    ORDER BY p.probin COLLATE "C" NULLS FIRST, p.prosrc COLLATE "C"`);
  const found = new Map<string, NativeFunction>();
  for (const { id, library, symbol } of rows) {
    // Not what a range type brings.
    if (dependencies.ownerOf(id)?.id === id) found.set(`${library}\n${symbol}`, { library, symbol });
  }
  return [...found.values()];
}
