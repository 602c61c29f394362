import type { HoldfastError } from '../core/errors.ts';
import { networkFailure, type FailureReason } from '../core/network-failure.ts';
import { printable } from '../core/printable.ts';
import { tlsReason } from '../core/tls-failure.ts';
import { ChangedObject, ExistingObject, MissingObject, ServiceError } from './errors.ts';
import type { Failure } from './failure.ts';

/** What was asked of the service, for messages. */
export interface Operation {
  /** What cannot be done when it fails: `read`, `list`. */
  readonly verb: string;
  /** What it is done to: an object's URL. */
  readonly object: string;
  /** What the credentials must be allowed: `s3:GetObject`. */
  readonly permission: string;
  /** The bucket's name. */
  readonly bucket: string;
  /** Where the service is: its URL, or AWS with a region. */
  readonly service: string;
}

/** A failure that stays, as an error that names the operation and tells the mend. */
export function explain(failure: Failure, operation: Operation): HoldfastError {
  const { why, hint } = reasonOf(failure, operation);
  const message = `Cannot ${operation.verb} ${operation.object}: ${why}`;
  const details = { cause: failure.cause, ...(hint === undefined ? {} : { hint }) };
  switch (failure.isForeign ? '' : failure.code) {
    case 'NoSuchKey':
    case 'NotFound':
      return new MissingObject(message, details);
    case 'PreconditionFailed':
      return new ChangedObject(message, details);
    default: {
      const reason = failure.systemCode ?? failure.code;
      return new ServiceError('failed', message, reason, details);
    }
  }
}

/** What a write that must not replace anything meets. */
export function existing(object: string): ExistingObject {
  return new ExistingObject(`There is an object ${object} already.`, {
    hint: 'Choose another name, or remove it first.',
  });
}

function reasonOf(failure: Failure, operation: Operation): FailureReason {
  if (failure.isForeign) {
    return {
      why: `what answers at ${operation.service} (status ${failure.status}) is no S3 service.`,
      hint: 'Check the endpoint: the port may be that of a web console, or a proxy may stand in between.',
    };
  }
  const known = ofConnection(failure, operation) ?? ofCode(failure, operation);
  if (known !== undefined) return known;
  const { code, message, status } = failure;
  const answer = status === undefined ? '' : ` (status ${status})`;
  const why = `${code}${message === '' ? '' : `: ${printable(message)}`}${answer}`;
  if (status === undefined || (status < 500 && status !== 429)) return { why };
  return { why, hint: 'It was tried again for a while. Run it again when the service has recovered.' };
}

function ofConnection(failure: Failure, { service }: Operation): FailureReason | undefined {
  const { systemCode, code, status, message } = failure;
  if (status !== undefined) return undefined;
  const proxy = proxyVariable();
  const hint = `Check the endpoint, and that the service runs and can be reached from here${proxy === undefined ? '' : `; ${proxy} names a proxy, and NO_PROXY the hosts that need none`}.`;
  if (systemCode === 'ECONNREFUSED') return { why: `${service} refuses connections.`, hint };
  if (systemCode === 'ENOTFOUND')
    return { why: `the host name of ${service} is unknown.`, hint: 'Check the endpoint.' };
  if (code === 'TimeoutError' || systemCode === 'ETIMEDOUT')
    return { why: `${service} does not answer.`, hint };
  if (systemCode !== undefined && /CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_/.test(systemCode)) {
    return {
      why: `the certificate of ${service} is not accepted: ${tlsReason(message)}.`,
      hint: 'Name a file with the certificate authority: AWS_CA_BUNDLE=/path/to/ca.pem; the one of the system is often /etc/ssl/certs/ca-certificates.crt.',
    };
  }
  if (systemCode === 'EPROTO' || systemCode?.startsWith('ERR_SSL')) {
    return {
      why: `${service} does not speak TLS as expected.`,
      hint: 'Check whether the endpoint begins with http:// or https://.',
    };
  }
  const general = networkFailure(failure.cause);
  return (
    general ??
    (systemCode === undefined
      ? undefined
      : { why: `the connection to ${service} fails: ${systemCode}.`, hint })
  );
}

/** The variable that sends requests to a proxy. Source: the documentation of Node's http.Agent, `proxyEnv`. */
function proxyVariable(): string | undefined {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  return names.find((name) => process.env[name]);
}

function ofCode(failure: Failure, operation: Operation): FailureReason | undefined {
  const { code, region } = failure;
  const message = printable(failure.message).replace(/\.$/, '');
  const said = message === '' ? '' : ` (${message})`;
  const { bucket, service, permission } = operation;
  switch (code) {
    case 'NoSuchBucket':
      return {
        why: `there is no bucket ${bucket} at ${service}.`,
        hint: "Check the bucket's name, the endpoint and the profile, or create the bucket first.",
      };
    case 'NoSuchKey':
    case 'NotFound':
      return { why: 'there is no such object.', hint: 'Check the key; `aws s3 ls` shows what there is.' };
    case 'NoSuchUpload':
      return {
        why: 'the upload was ended by somebody else, or took so long that the service gave it up.',
        hint: 'Run it again.',
      };
    case 'PreconditionFailed':
      return { why: 'it has changed in the meantime.', hint: 'Run it again while nobody writes there.' };
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return { why: `no permission${said}.`, hint: `The credentials need ${permission} for it.` };
    case 'InvalidAccessKeyId':
      return {
        why: `${service} does not know the access key.`,
        hint: 'Check AWS_ACCESS_KEY_ID or the profile, and that it belongs to this service.',
      };
    case 'SignatureDoesNotMatch':
      return {
        why: `${service} does not accept the signature.`,
        hint: 'Check AWS_SECRET_ACCESS_KEY or the profile: the secret key does not fit the access key.',
      };
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
    case 'RequestExpired':
      return {
        why: 'the session of the credentials has ended.',
        hint: 'Get new ones (`aws sso login`, or a new AWS_SESSION_TOKEN) and run it again.',
      };
    case 'BadRequest':
      if (said !== '') return undefined;
      return {
        why: `${service} refuses the request and does not say why (status 400).`,
        hint: 'Answers to some requests have no room for a reason. Often the session of the credentials has ended: get new ones (`aws sso login`, or a new AWS_SESSION_TOKEN) and run it again.',
      };
    case 'InvalidToken':
      return {
        why: `${service} does not accept the session token.`,
        hint: 'Check AWS_SESSION_TOKEN; it is to be unset with keys that last.',
      };
    case 'CredentialsProviderError':
    case 'TokenProviderError':
    case 'ProviderError':
      return {
        why: `no credentials were found${said}.`,
        hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (AWS_PROFILE, profile=…); `aws sso login` renews a session.',
      };
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return {
        why:
          region === undefined
            ? `the bucket is not in the region asked${said}.`
            : `the bucket is in the region ${region}.`,
        hint:
          region === undefined
            ? 'Set AWS_REGION or region=… to the region of the bucket.'
            : `Set AWS_REGION or add region=${region} to the location.`,
      };
    case 'RequestTimeTooSkewed':
      return { why: "this machine's clock differs from the service's.", hint: 'Set the clock.' };
    case 'InvalidObjectState':
      return {
        why: 'it lies in an archive storage class, from which it cannot be read at once.',
        hint: 'Bring it back first (`aws s3api restore-object`), or leave it out.',
      };
    case 'QuotaExceeded':
    case 'QuotaExceededException':
    case 'XMinioStorageFull':
    case 'InsufficientStorage':
      return {
        why: `${service} takes no more: its quota is used up.`,
        hint: 'Make room there, or have the quota raised.',
      };
    case 'KeyTooLongError':
    case 'KeyTooLong':
      return { why: 'the service does not take keys of this length.', hint: 'Use a shorter prefix.' };
    case 'EntityTooLarge':
      return { why: `it is larger than ${service} takes${said}.` };
    case 'NotImplemented':
    case 'MethodNotAllowed':
      return {
        why: `${service} does not offer this${said}.`,
        hint: 'Check the endpoint, and what the service says of its S3 interface.',
      };
    case 'InvalidRange':
      return {
        why: 'it is shorter than it was when it was listed.',
        hint: 'Run it again while nobody writes there.',
      };
    default:
      return undefined;
  }
}
