import type { Problem } from '../../../core/problem.ts';
import { nameList, plural } from '../../../core/name-lists.ts';
import type { PreflightContext } from './context.ts';

/** Sequences that a log of statements cannot follow, functions and triggers that a server with a binary log does not take from everybody, and functions that it takes from nobody. */
export function binaryLogProblems({ archived, privileges, variables }: PreflightContext): Promise<Problem[]> {
  if (variables.get('log_bin') !== 'ON') return Promise.resolve([]);
  const { kinds, undeclaredFunctions: undeclared } = archived.requires;
  const problems: Problem[] = [];
  if (variables.get('binlog_format') === 'STATEMENT' && kinds.includes('SEQUENCE')) {
    problems.push({
      message:
        'the target server writes statements alone to its binary log (binlog_format), and stores no state of a sequence then',
      hint: 'as an administrator: SET GLOBAL binlog_format = MIXED;',
    });
  }
  if (variables.get('log_bin_trust_function_creators') !== 'OFF') return Promise.resolve(problems);
  const mend = 'as an administrator: SET GLOBAL log_bin_trust_function_creators = 1;';
  if (undeclared.length > 0) {
    problems.push({
      message:
        `the target server writes a binary log, and takes no functions that are neither DETERMINISTIC nor NO SQL nor READS SQL DATA: the ` +
        `${plural(undeclared, 'function')} ${nameList(undeclared)}`,
      hint: mend,
    });
  }
  const made = [
    ['FUNCTION', 'functions'],
    ['TRIGGER', 'triggers'],
  ].filter(([kind]) => kinds.includes(kind!));
  if (made.length > 0 && !privileges.may('SUPER')) {
    problems.push({
      message:
        `the target server writes a binary log, and takes ${made.map(([, what]) => what).join(' and ')} from accounts with SUPER ` +
        `alone, which ${privileges.account} lacks`,
      hint: mend,
    });
  }
  return Promise.resolve(problems);
}
