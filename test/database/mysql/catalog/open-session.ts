import { resolveConnection } from '../../../../src/database/mysql/connection/config.ts';
import { connect } from '../../../../src/database/mysql/connection/connect.ts';
import type { Session } from '../../../../src/database/mysql/connection/session.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

/** A session on the database of a URL, to be closed. */
export async function openSession(url: string): Promise<Session> {
  const config = await resolveConnection({ url, env: {}, reporter: recordingReporter() });
  return connect(config, new AbortController().signal);
}

/** Opens a session for the time of `work`. */
export async function withSession<Result>(
  url: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(url);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
