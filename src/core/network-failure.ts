import { systemCodeOf } from './errors.ts';

/** Why a connection failed, for a message. */
export interface FailureReason {
  readonly why: string;
  readonly hint?: string;
}

/** What an error of the system says of a connection, where that is the same for every kind of server. */
export function networkFailure(error: unknown): FailureReason | undefined {
  switch (systemCodeOf(error)) {
    case 'EACCES':
      return {
        why: 'no permission for the socket.',
        hint: 'Run as a user who may open it, or connect through TCP.',
      };
    case 'ENOTFOUND':
      return {
        why: 'the host name is unknown.',
        hint: 'Check the host in the URL. Characters such as @ : / in a password must be percent-encoded.',
      };
    case 'EAI_AGAIN':
      return { why: 'the name service does not answer.', hint: 'Check the host in the URL and the network.' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { why: 'the host cannot be reached.', hint: 'Check the network, the address and firewalls.' };
    default:
      return undefined;
  }
}
