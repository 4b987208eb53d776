import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Test } from 'tap';
import { pem } from '../certs.js';

/** A frame "hi" of a server (RFC 6455 5.7), which a target sends with its 101. */
export const HI: Buffer = Buffer.from('81026869', 'hex');

/** A server of this test: its port, and the sockets it has got. */
export interface Running {
  readonly port: number;
  readonly sockets: Socket[];
  /** The heads of the requests it has got. */
  readonly heads: string[];
  readonly server: Server;
}

/** Starts a raw server on 127.0.0.1, by TLS with this certificate if one is named. It ends with the test. */
export async function serve(
  t: Test,
  onSocket: (socket: Socket, running: Running) => void,
  certificate?: string,
  where: { path?: string } = {},
): Promise<Running> {
  const sockets: Socket[] = [];
  const take = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket, running);
  };
  const server =
    certificate === undefined
      ? createServer(take)
      : createTlsServer({ cert: pem(`${certificate}.pem`), key: pem(`${certificate}.key`) }, take);
  server.on('tlsClientError', () => {});
  const raw = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    raw.add(socket);
    socket.on('close', () => raw.delete(socket));
  });
  const address = where.path === undefined ? { host: '127.0.0.1', port: 0 } : where;
  await new Promise<void>((resolve) => server.listen(address, resolve));
  t.teardown(async () => {
    for (const socket of [...raw, ...sockets]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const port = where.path === undefined ? (server.address() as AddressInfo).port : 0;
  const running: Running = { port, sockets, heads: [], server };
  return running;
}

/** Calls back with the head of each request, and with the bytes behind it. */
export function onHead(socket: Socket, got: (head: string, rest: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    socket.off('data', read);
    got(bytes.toString('latin1', 0, end + 4), bytes.subarray(end + 4));
  };
  socket.on('data', read);
}

/** The head of a 101 (RFC 6455 4.2.2, item 5). */
export function accepted(request: string): string {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return [...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n');
}

/** Accepts: sends HI with the 101, and the payload of each masked text frame (up to 125 bytes) back. */
export function accept(socket: Socket, request: string): void {
  socket.write(Buffer.concat([Buffer.from(accepted(request)), HI]));
  let bytes: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 6 && bytes.length >= 6 + ((bytes[1] ?? 0) & 127)) {
      const size = (bytes[1] ?? 0) & 127;
      const payload = bytes.subarray(6, 6 + size).map((byte, at) => byte ^ (bytes[2 + (at & 3)] ?? 0));
      socket.write(Buffer.concat([Buffer.of(bytes[0] ?? 0, size), payload]));
      bytes = bytes.subarray(6 + size);
    }
  });
}

/** A WebSocket server. `answer` may answer the request itself, and says so with true. */
export function target(
  t: Test,
  options: {
    certificate?: string;
    path?: string;
    answer?: (socket: Socket, head: string, count: number) => boolean;
  } = {},
): Promise<Running> {
  const take = (socket: Socket, running: Running): void =>
    onHead(socket, (head) => {
      running.heads.push(head);
      if (options.answer?.(socket, head, running.heads.length) !== true) accept(socket, head);
    });
  return serve(t, take, options.certificate, options.path === undefined ? {} : { path: options.path });
}

/** Joins two sockets. */
export function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  other.on('error', () => {});
}

/** An HTTP proxy. Every host is 127.0.0.1, so that names nobody can look up show that they got to the proxy. */
export function httpProxy(
  t: Test,
  options: { certificate?: string; answer?: (socket: Socket, head: string) => boolean } = {},
): Promise<Running> {
  return serve(
    t,
    (socket, running) =>
      onHead(socket, (head) => {
        running.heads.push(head);
        if (options.answer?.(socket, head) === true) return;
        const port = Number(/^CONNECT [^ ]+:(\d+) /.exec(head)?.[1]);
        const far = connect(port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          join(socket, far);
        });
        far.on('error', () => socket.destroy());
      }),
    options.certificate,
  );
}

const active = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCPSocket|TLS|PipeWrap|Timeout|GetAddrInfo|JSStream)/.test(name));

/** Those of the test runner itself. */
const RUNNER: readonly string[] = active();

/** What keeps a process alive and belongs to connections and timers. */
export function handles(): string[] {
  const runner = [...RUNNER];
  return active().filter((name) => {
    const at = runner.indexOf(name);
    if (at >= 0) runner.splice(at, 1);
    return at < 0;
  });
}

/** Waits until nothing of what is to end is left, or says what is. */
export async function ended(): Promise<string[]> {
  for (let turn = 0; turn < 1000 && handles().length > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  // What Node itself or the runner of the tests has started may take some time more; a timer of a dial would stay for 30 s.
  for (let turn = 0; turn < 500 && handles().length > 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return handles();
}

/** Any error of this package, with the facts that tests look at. */
export interface Failure extends Error {
  readonly code?: string;
  readonly phase?: string;
  readonly url?: string;
  readonly address?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly body?: Buffer;
  readonly cause?: Failure;
}

/** The error of a promise that must be rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error as Failure,
  );
}
