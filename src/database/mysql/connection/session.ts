import type { ServerVersion } from './server.ts';

/** A row of a small result: what the server wrote, as `byte-text.ts` has bytes as text; null for NULL. */
export type Row = Readonly<Record<string, string | null>>;

/** What the server says of a statement that it has run. */
export interface Done {
  readonly affectedRows: number;
  readonly warnings: number;
}

/** Takes the values of rows as they come from the server, in order. A long value comes in pieces. */
export interface RowHandler {
  null(column: number): void;
  /**
   * The bytes of a value, or the next piece of it, from `start` to `end` of `buffer`, which is used again afterwards.
   * @param isLast whether the value ends here
   */
  bytes(column: number, buffer: Buffer, start: number, end: number, isLast: boolean): void;
  /** The row has ended. */
  end(): void;
  /**
   * All values of a row at once, as the protocol has them: each its length and its bytes, from `start` to `end` of `buffer`, which is
   * used again afterwards. False where the row is to be handed on value by value: nothing was taken of it then.
   * @throws ProtocolError when it is not what the columns ask for
   */
  row?(buffer: Buffer, start: number, end: number): boolean;
}

/** A result that is being read. */
export interface RowCursor {
  /**
   * Hands what has come from the server, some tens of kilobytes, to the handler; false when that was the last. The server waits between calls.
   * @throws what the server answers instead of more rows
   */
  advance(): Promise<boolean>;
  /** Gives up what has not been read: the session cannot be used any more unless the result had ended. */
  close(): void;
}

/** One connection to a server. */
export interface Session {
  /** For messages: `app at db:3306`; no secrets. */
  readonly name: string;
  readonly server: ServerVersion;
  /** The server's number of the connection. */
  readonly id: string;
  /** The database that the URL names. */
  readonly database: string;
  /**
   * The rows of a small result, of several the last one with rows. The text of the query may hold any bytes, as `byte-text.ts`
   * has them.
   */
  query(sql: string): Promise<Row[]>;
  /** Runs one statement, or several separated by semicolons: then what is said of the last. */
  run(sql: string | Buffer): Promise<Done>;
  /**
   * Runs one statement that comes in pieces, 16 MiB of which are held at most: they must not be changed afterwards. When they
   * fail, so does this, with the same error, and the connection is gone.
   */
  send(sql: AsyncIterable<Buffer>): Promise<Done>;
  /** Begins to read a result of any size, every value as the server's text or bytes. */
  read(sql: string, handler: RowHandler): Promise<RowCursor>;
  /**
   * Ends the connection, in the middle of whatever it does, which the server is then asked to stop: what must run to its end
   * has to be waited for. May be called twice.
   */
  close(): Promise<void>;
}
