const quoted = '`(?:[^`]|``)*`|"(?:[^"\\\\]|""|\\\\.)*"|\'(?:[^\'\\\\]|\'\'|\\\\.)*\'';
const beforeStatus = `^((?:[^\`"']|${quoted})*? ON COMPLETION (?:NOT )?PRESERVE) (?:ENABLE|DISABLE(?: ON (?:SLAVE|REPLICA))?)(?= )`;
const pattern = new RegExp(beforeStatus, 's');

/** The statement of an event, as SHOW CREATE EVENT writes it, so that the server makes it and never runs it; null for any other. */
export function disabledEvent(statement: string): string | null {
  return pattern.test(statement) ? statement.replace(pattern, '$1 DISABLE') : null;
}
