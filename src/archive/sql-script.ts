import { bytesOf, textOf } from '../core/byte-text.ts';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { ObjectFacts } from '../core/selection.ts';
import { ByteReader } from './byte-reader.ts';
import { JsonObject } from './json-object.ts';

/** A statement of a script, with what its comment line says about it. */
export interface ScriptStatement {
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
  readonly sql: string;
  /** The number of the object that it belongs to. */
  readonly object?: number;
  /** In that object's first statement: what the object is and hangs together with. */
  readonly about?: ObjectFacts;
}

const COMMENT = '-- ';
const COMMENT_LIMIT = 256 * 1024;
/** Far above what schemas have; a statement is held in memory. */
const STATEMENT_LIMIT = 32 * 1024 * 1024;

/**
 * A script that the database's own client runs: before each statement one comment line with a JSON object that tells
 * its kind, schema, name and length in bytes, after it a blank line. The comment is UTF-8; a statement is what `bytesOf`
 * makes of it, and a byte of a name that is no UTF-8 is an escape of JSON.
 * @throws HoldfastError `failed` for a statement, or its comment, above the limit of the format
 */
export function* encodeScript(statements: Iterable<ScriptStatement>): Generator<Buffer, void, void> {
  for (const { kind, schema, name, sql, object, about } of statements) {
    const text = bytesOf(sql);
    const bytes = text.length;
    if (bytes > STATEMENT_LIMIT) {
      throw new HoldfastError(
        'failed',
        `The statement of ${kind} ${printable(name)}, ${bytes} bytes, is above the limit of ${STATEMENT_LIMIT}.`,
      );
    }
    const facts = JSON.stringify({ kind, schema, name, bytes, object, about });
    const comment = Buffer.from(`${COMMENT}${escapeLineBreaks(facts)}\n`);
    if (comment.length > COMMENT_LIMIT) {
      throw new HoldfastError(
        'failed',
        `What there is to say of ${kind} ${printable(name.slice(0, 100))}, ${comment.length} bytes, is above the limit of ${COMMENT_LIMIT}.`,
      );
    }
    yield Buffer.concat([comment, text, Buffer.from('\n\n')]);
  }
}

/**
 * The statements of a script, in order.
 * @param name what the script is called in messages
 * @throws HoldfastError `damaged` when it is not exactly as `encodeScript` writes it
 */
export async function* decodeScript(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<ScriptStatement, void, void> {
  const reader = new ByteReader(chunks);
  try {
    for (let number = 1; ; number++) {
      const comment = await reader.line(COMMENT_LIMIT);
      if (comment === null) return;
      const where = `statement ${number} of ${name}`;
      if (comment === 'unfinished' || comment.toString('latin1', 0, COMMENT.length) !== COMMENT) {
        throw new HoldfastError('damaged', `No comment line before ${where}.`);
      }
      const { bytes, ...facts } = parseComment(comment.subarray(COMMENT.length), where);
      const sql = await reader.block(bytes);
      const end = await reader.block(2);
      if (sql.length < bytes || end.toString() !== '\n\n') {
        throw new HoldfastError(
          'damaged',
          `The length of ${where} is not ${bytes} bytes as its comment line says.`,
        );
      }
      yield { ...facts, sql: textOf(sql) };
    }
  } finally {
    await reader.close();
  }
}

function parseComment(json: Buffer, where: string): Omit<ScriptStatement, 'sql'> & { bytes: number } {
  const facts = JsonObject.parse(json, `the comment line before ${where}`);
  const bytes = facts.count('bytes');
  if (bytes > STATEMENT_LIMIT) {
    throw new HoldfastError(
      'damaged',
      `The length of ${where}, ${bytes} bytes, is above the limit of ${STATEMENT_LIMIT}.`,
    );
  }
  return {
    kind: facts.text('kind'),
    schema: facts.textOrNull('schema'),
    name: facts.text('name'),
    bytes,
    ...(facts.has('object') && { object: facts.count('object') }),
    ...(facts.has('about') && { about: parseAbout(facts.object('about')) }),
  };
}

function parseAbout(about: JsonObject): ObjectFacts {
  const list = (name: 'needs' | 'partOf' | 'comesWith') => about.has(name) && { [name]: about.counts(name) };
  return {
    kind: about.text('kind'),
    schema: about.textOrNull('schema'),
    name: about.text('name'),
    table: about.textOrNull('table'),
    ...list('needs'),
    ...list('partOf'),
    ...list('comesWith'),
  };
}

/** JSON text as one line to every program: what JSON leaves plain but some take for a line's end is escaped. */
function escapeLineBreaks(json: string): string {
  return json.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
