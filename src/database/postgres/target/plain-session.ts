import { SETTING_KIND, type Statement } from '../../engine.ts';
import { FILLING_KIND } from '../catalog/kinds/materialized-view.ts';
import { plainSessionStatement } from '../catalog/plain-session.ts';

/** Whether a statement gives the session the settings of a plain one. */
export function isPlainSession({ kind, name }: Statement): boolean {
  return kind === SETTING_KIND && name === plainSessionStatement.name;
}

/** Lets materialized views of archives that do not say so be filled under the settings of a plain session, too. */
export class PlainSession {
  #isOn = false;

  /** What is to be run before a statement of the archive. To be asked of every statement, in their order. */
  before(statement: Statement): readonly Statement[] {
    if (isPlainSession(statement)) this.#isOn = true;
    return statement.kind === FILLING_KIND && !this.#isOn ? [plainSessionStatement] : [];
  }
}
