import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { finished } from 'node:stream/promises';

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query as they went over the wire. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of its body that came from the client so far. */
  bodyBytes: number;
  /** Bytes of the answer's body that went to the client so far. */
  answerBytes: number;
}

/** What happens to a request instead of being passed on and answered. */
export type Fault =
  /** Answered by the proxy; with `passOn` the server gets it first, and its answer is dropped. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly passOn?: boolean;
    }
  /** The connection is reset: before the server gets the request, or once it has answered, with the answer lost. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** Never answered; the request's body is read no further than `bytes`, when that is given. */
  | { readonly kind: 'silence'; readonly bytes?: number }
  /** The answer's body is reset after so many bytes. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The answer's body stops after so many bytes, more than none, while the connection stays. */
  | { readonly kind: 'stall'; readonly bytes: number }
  /** The answer's headers and body are changed on their way. */
  | {
      readonly kind: 'rewrite';
      readonly body: (text: string) => string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface FaultProxy {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Every request since the start or the last `reset`, in the order of their arrival. */
  readonly requests: readonly SeenRequest[];
  /** Bytes over the wire since the start or the last `reset`, with headers: from clients, and to them. */
  traffic(): { readonly fromClients: number; readonly toClients: number };
  /** How many requests were under way at the same time at most, since the start. */
  mostAtOnce(): number;
  /** The next `times` requests that `matches` suffer `fault`. Faults are tried in the order in which they were added. */
  inject(matches: (seen: SeenRequest) => boolean, fault: Fault, times?: number): void;
  /** Forgets faults, requests and traffic. */
  reset(): void;
  close(): void;
}

/** An error as S3 services write it. */
export function errorXml(code: string, message = `injected ${code}`): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>injected</RequestId></Error>`;
}

/** A fault that answers with an S3 error. */
export function s3Error(status: number, code: string, options: { readonly passOn?: boolean } = {}): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/xml' },
    body: errorXml(code),
    ...options,
  };
}

/**
 * Starts an HTTP proxy in front of a real S3 server, which lets chosen requests fail and counts what goes over the wire.
 * Requests reach the server as they came, Host header too, so that signatures hold.
 * @param endpoint the server's URL, plain HTTP
 */
export async function startFaultProxy(endpoint: string): Promise<FaultProxy> {
  const upstream = new URL(endpoint);
  const faults: { matches: (seen: SeenRequest) => boolean; fault: Fault; times: number }[] = [];
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const gone = { fromClients: 0, toClients: 0 };
  let base = { fromClients: 0, toClients: 0 };
  let underWay = 0;
  let most = 0;

  const total = () => {
    const sum = { ...gone };
    for (const socket of sockets) {
      sum.fromClients += socket.bytesRead;
      sum.toClients += socket.bytesWritten;
    }
    return sum;
  };

  const faultFor = (seen: SeenRequest): Fault | undefined => {
    const found = faults.find(({ matches, times }) => times > 0 && matches(seen));
    if (found) found.times -= 1;
    return found?.fault;
  };

  const server = createServer((incoming, outgoing) => {
    const seen = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      bodyBytes: 0,
      answerBytes: 0,
    };
    requests.push(seen);
    underWay += 1;
    most = Math.max(most, underWay);
    void serve(upstream, seen, faultFor(seen), incoming, outgoing)
      .catch(() => incoming.socket.destroy())
      .finally(() => (underWay -= 1));
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      gone.fromClients += socket.bytesRead;
      gone.toClients += socket.bytesWritten;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    traffic: () => {
      const { fromClients, toClients } = total();
      return { fromClients: fromClients - base.fromClients, toClients: toClients - base.toClients };
    },
    mostAtOnce: () => most,
    inject: (matches, fault, times = 1) => void faults.push({ matches, fault, times }),
    reset: () => {
      faults.length = 0;
      requests.length = 0;
      base = total();
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function serve(
  upstream: URL,
  seen: SeenRequest,
  fault: Fault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (fault?.kind === 'reset' && fault.when === 'before') return void incoming.socket.resetAndDestroy();
  incoming.on('data', (data: Buffer) => {
    seen.bodyBytes += data.length;
    if (fault?.kind === 'silence' && fault.bytes !== undefined && seen.bodyBytes >= fault.bytes)
      incoming.pause();
  });
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'answer' && !fault.passOn) {
    await finished(incoming.resume(), { writable: false });
    return give(fault, seen, outgoing);
  }

  const answer = await passOn(upstream, incoming, outgoing);
  if (fault?.kind === 'reset' || fault?.kind === 'answer') {
    await finished(answer.resume(), { writable: false });
    return fault.kind === 'answer' ? give(fault, seen, outgoing) : void incoming.socket.resetAndDestroy();
  }
  if (fault?.kind === 'rewrite') return rewrite(fault, seen, answer, outgoing);

  outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
  for await (const data of answer as AsyncIterable<Buffer>) {
    const most = fault === undefined ? Infinity : fault.bytes - seen.answerBytes;
    const bytes = data.subarray(0, most);
    seen.answerBytes += bytes.length;
    const flushed = new Promise((resolve) => outgoing.write(bytes, resolve));
    if (bytes.length === data.length) {
      await flushed;
      continue;
    }
    if (fault?.kind === 'stall') return;
    await flushed;
    return void incoming.socket.resetAndDestroy();
  }
  outgoing.end();
}

/** Sends a request to the server as it came. Resolves to its answer. */
function passOn(
  upstream: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const passed = request({
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.rawHeaders,
      agent: false,
    });
    passed.on('response', resolve);
    passed.on('error', reject);
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
}

function give(fault: Extract<Fault, { kind: 'answer' }>, seen: SeenRequest, outgoing: ServerResponse): void {
  const body = seen.method === 'HEAD' ? '' : (fault.body ?? '');
  seen.answerBytes = Buffer.byteLength(body);
  outgoing.writeHead(fault.status, { 'content-length': seen.answerBytes, ...fault.headers });
  outgoing.end(body);
}

async function rewrite(
  fault: Extract<Fault, { kind: 'rewrite' }>,
  seen: SeenRequest,
  answer: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks = await (answer as AsyncIterable<Buffer> & IncomingMessage).toArray();
  const body = fault.body(Buffer.concat(chunks as Buffer[]).toString());
  const { 'content-length': _length, 'transfer-encoding': _coding, ...kept } = answer.headers;
  seen.answerBytes = Buffer.byteLength(body);
  outgoing.writeHead(answer.statusCode ?? 502, {
    ...kept,
    ...fault.headers,
    'content-length': seen.answerBytes,
  });
  outgoing.end(body);
}
