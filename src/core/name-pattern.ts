import { HoldfastError } from './errors.ts';
import { printable } from './printable.ts';
import { type Budget, compileExpression, ExpressionError } from './regular-expression.ts';

/** A pattern's three parts. */
export interface NamePattern {
  /** The name of the database, where the pattern has one. */
  readonly database: string | null;
  /** Without a schema a pattern is for all schemas. */
  matches(schema: string, name: string): boolean;
}

const LONGEST = 1000;
const SPECIAL = '|*+?()[]{}.^$\\';

/**
 * Compiles a pattern as PostgreSQL's own programs take them for `-t` and `\d`. Outside double quotes letters are folded,
 * `*` stands for any characters, `?` for one, a dot separates schema and name, and all else that means something to a
 * regular expression does so here; but `$` and `[]`. Inside them everything is itself, and two quotes are one.
 * @param fold how the database folds a letter of a name without quotes
 * @param option the option that has the pattern, for messages
 * @param budget what is left for the option's patterns
 * @throws HoldfastError `usage`
 */
export function compileNamePattern(
  pattern: string,
  fold: (letter: string) => string,
  option: string,
  budget?: Budget,
): NamePattern {
  const refuse = (why: string): HoldfastError =>
    new HoldfastError('usage', `--${option} ${printable(pattern)} is no pattern: ${why}.`, {
      hint: 'Put what is to be taken as it is into double quotes, within the quotes of the shell.',
    });
  if (pattern.length > LONGEST) throw refuse(`it has more than ${LONGEST} characters`);
  const parts = splitPattern(pattern, fold);
  if (parts.length > 3) throw refuse('it has too many dots, database.schema.name is the most');
  const [name, schema, database] = parts.toReversed();
  try {
    const matchesName = compilePart(name as Part, budget);
    const matchesSchema = schema === undefined ? () => true : compilePart(schema, budget);
    return {
      database: database?.literal ?? null,
      matches: (ofSchema, ofName) => matchesName(ofName) && matchesSchema(ofSchema),
    };
  } catch (error) {
    throw error instanceof ExpressionError ? refuse(error.message) : error;
  }
}

function compilePart(
  { expression, literal, isLiteral }: Part,
  budget: Budget | undefined,
): (text: string) => boolean {
  return isLiteral ? (text) => text === literal : compileExpression(`^(${expression})$`, budget);
}

interface Part {
  /** As a regular expression. */
  expression: string;
  /** Whether nothing in it means anything to one. */
  isLiteral: boolean;
  /** As a name. */
  literal: string;
}

function splitPattern(pattern: string, fold: (letter: string) => string): Part[] {
  let part: Part = { expression: '', isLiteral: true, literal: '' };
  const parts = [part];
  let isQuoted = false;
  const characters = Array.from(pattern);
  const add = (expression: string, literal: string): void => {
    part.expression += expression;
    part.literal += literal;
  };
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    if (character === '"') {
      if (isQuoted && characters[at + 1] === '"') {
        add('"', '"');
        at += 1;
      } else isQuoted = !isQuoted;
    } else if (character === '$') add(String.raw`\$`, '$');
    else if (isQuoted) add(SPECIAL.includes(character) ? `\\${character}` : character, character);
    else if (character === '.') {
      part = { expression: '', isLiteral: true, literal: '' };
      parts.push(part);
    } else if (SPECIAL.includes(character)) {
      part.isLiteral = false;
      if (character === '*') add('.*', '*');
      else if (character === '?') add('.', '?');
      // More likely the type of an array than brackets.
      else if (character === '[' && characters[at + 1] === ']') add(String.raw`\[`, '[');
      else add(character, character);
    } else add(fold(character), fold(character));
  }
  return parts;
}
