import type { Session } from '../../connection/session.ts';

/** Sessions for work that can be done side by side. */
export class SessionPool {
  readonly sessions: readonly Session[];
  readonly #free: Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  constructor(sessions: readonly Session[]) {
    this.sessions = sessions;
    this.#free = [...sessions];
  }

  /** Does `work` on the next session that is free. */
  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = this.#free.pop() ?? (await new Promise<Session>((take) => this.#waiting.push(take)));
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  /** Ends every session, in the middle of what it does. */
  async end(): Promise<void> {
    for (const session of this.sessions) if (!this.#free.includes(session)) session.interrupt();
    await Promise.all(this.sessions.map((session) => session.close()));
  }
}
