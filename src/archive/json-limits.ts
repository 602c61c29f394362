import { HoldfastError } from '../core/errors.ts';

/** Arrays and objects within each other. */
const DEPTH_LIMIT = 64;
/** Arrays, objects and what they hold, of a line. */
const LINE_VALUES = 100_000;

/**
 * Checks what a JSON text would become in memory before it is parsed: two bytes of text can make a hundred of memory.
 * The text need not be valid.
 * @param name what it is called in messages
 * @throws HoldfastError `damaged` when it is nested too deep or has more than `values` values
 */
export function checkJsonLimits(json: string, name: string, values = LINE_VALUES): void {
  let depth = 0;
  let found = 0;
  for (let position = 0; position < json.length; position++) {
    const character = json[position];
    if (character === '"') {
      position = endOfString(json, position);
    } else if (character === '[' || character === '{') {
      found++;
      if (++depth > DEPTH_LIMIT)
        throw new HoldfastError('damaged', `There are more than ${DEPTH_LIMIT} levels of JSON in ${name}.`);
    } else if (character === ']' || character === '}') {
      depth--;
    } else if (character === ',' && ++found > values) {
      throw new HoldfastError('damaged', `There are more than ${values} values in ${name}.`);
    }
  }
}

/** Where the string ends that begins at `start`; the end of the text when it does not. */
function endOfString(json: string, start: number): number {
  for (let end = start; ;) {
    end = json.indexOf('"', end + 1);
    if (end === -1) return json.length;
    let backslashes = 0;
    while (json[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
