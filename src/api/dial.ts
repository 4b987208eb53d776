import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  buildRequest,
  checkResponse,
  createKey,
  type Extension,
  effectiveProtocols,
  HandshakeError,
  type Response,
  ResponseParser,
  type WebSocketUrl,
} from '../handshake/index.js';
import { handshakeFailed } from '../tls/index.js';
import { Attempt } from './attempt.js';
import type { WebSocketError } from './errors.js';
import type { Settings } from './options.js';
import { connectTls, judgeSocket, type TlsReport } from './secure.js';
import { type Receiver, Transport } from './transport.js';

/** What the handshakes agreed on. */
export interface Agreed {
  readonly url: WebSocketUrl;
  readonly response: Response;
  /** `''` if none. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  /** `null` for `ws:`. */
  readonly tls: TlsReport | null;
}

/**
 * Makes the connection of the user's out of an established one. It is called in the same tick as the last byte of the
 * handshake came, and must set the transport's receiver: frames may be in the same read.
 */
export type Open<T> = (transport: Transport, agreed: Agreed) => T;

/** Makes the result of a dial that is to end before anything is written to the connection: see {@link inspect}. */
export type Examine<T> = (socket: Socket, address: string) => T;

/**
 * Dials: tcp, for `wss:` tls and the verdict on it, request out, response in. Nothing is written to a TLS connection before its verdict.
 *
 * @throws (as a rejection) ConnectionError, TlsError or HandshakeError; the socket is destroyed then.
 */
export function dial<T>(url: WebSocketUrl, settings: Settings, open: Open<T>): Promise<T> {
  return new Promise((resolve, reject) => new Dial(url, settings, open, null, resolve, reject).start());
}

/** Dials as {@link dial} does, up to the moment when it would judge and write; then the socket is destroyed. */
export function dialOnly<T>(url: WebSocketUrl, settings: Settings, examine: Examine<T>): Promise<T> {
  return new Promise((resolve, reject) => new Dial<T>(url, settings, null, examine, resolve, reject).start());
}

class Dial<T> implements Receiver {
  readonly #url: WebSocketUrl;
  readonly #settings: Settings;
  readonly #open: Open<T> | null;
  readonly #examine: Examine<T> | null;
  readonly #resolve: (connection: T) => void;
  readonly #reject: (error: WebSocketError) => void;
  readonly #key: string = createKey();
  /** The request is built before anything is dialed: a header that makes no sense costs no connection. */
  readonly #request: string;
  readonly #attempt: Attempt;
  readonly #transport: Transport = new Transport(this);
  readonly #parser: ResponseParser = new ResponseParser();
  #tls: TlsReport | null = null;
  #over = false;

  constructor(
    url: WebSocketUrl,
    settings: Settings,
    open: Open<T> | null,
    examine: Examine<T> | null,
    resolve: (connection: T) => void,
    reject: (error: WebSocketError) => void,
  ) {
    this.#url = url;
    this.#settings = settings;
    this.#open = open;
    this.#examine = examine;
    this.#resolve = resolve;
    this.#reject = reject;
    const { headers, protocols, origin } = settings;
    this.#request = buildRequest({ url, key: this.#key, headers, protocols, ...(origin !== undefined && { origin }) });
    this.#attempt = new Attempt(shownUrl(url), settings);
  }

  start(): void {
    this.#attempt.begin((error) => this.#fail(error));
    if (this.#over) return;
    const { host, secure, port } = this.#url;
    if (isIP(host) !== 0) this.#attempt.phase = 'tcp';
    const { onread } = this.#transport;
    const socket = secure
      ? connectTls(this.#url, this.#settings.security, onread)
      : connectTcp({ host, port, noDelay: true, onread });
    this.#transport.attach(socket, true);
    socket.once('lookup', (error: Error | null) => {
      if (error === null) this.#attempt.phase = 'tcp';
    });
    socket.once('connect', () => this.#onConnect(socket));
    if (secure) socket.once('secureConnect', () => this.#onSecureConnect(socket as TLSSocket));
  }

  #onConnect(socket: Socket): void {
    const { remoteAddress = '', remotePort } = socket;
    const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
    this.#attempt.address = `${host}:${remotePort}`;
    if (this.#url.secure) this.#attempt.phase = 'tls';
    else if (!this.#hasExamined(socket)) this.#sendRequest();
  }

  #onSecureConnect(socket: TLSSocket): void {
    if (this.#over) return;
    try {
      if (this.#hasExamined(socket)) return;
      this.#tls = judgeSocket(socket, this.#url, this.#settings.security, this.#attempt.address);
    } catch (error) {
      return this.#fail(error as WebSocketError);
    }
    this.#sendRequest();
  }

  /** The end of a dial that only examines. */
  #hasExamined(socket: Socket): boolean {
    if (this.#examine === null || this.#over) return false;
    const result = this.#examine(socket, this.#attempt.address as string);
    this.#over = true;
    this.#attempt.end();
    this.#transport.destroy();
    this.#resolve(result);
    return true;
  }

  #sendRequest(): void {
    if (this.#over) return;
    this.#attempt.phase = 'handshake';
    this.#transport.writeRaw(this.#request);
  }

  // Receiver

  read(chunk: Buffer, start: number, end: number): void {
    if (this.#over) return;
    let rest = end;
    this.#parse(() => {
      rest = this.#parser.push(chunk, start, end);
    });
    // Frames may follow the head in the same read: they go to whoever receives now.
    if (rest < end) this.#transport.receiver.read(chunk, rest, end);
  }

  readonly target: null = null;

  filled(): void {}

  ended(): void {
    if (this.#over) return;
    // A refusal without Content-Length ends with the stream.
    if (this.#parser.head !== null) this.#parse(() => this.#parser.end());
    if (!this.#over) this.#fail(this.#attempt.ended());
  }

  closed(cause: Error | undefined): void {
    if (this.#over) return;
    this.#fail(cause === undefined ? this.#attempt.ended() : this.#explain(cause));
  }

  #parse(step: () => void): void {
    try {
      step();
      const { response } = this.#parser;
      if (response !== null) this.#onResponse(response);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      this.#fail(error.withContext({ url: this.#url.href, ...addressOf(this.#attempt) }));
    }
  }

  #onResponse(response: Response): void {
    const { headers, protocols } = this.#settings;
    const asked = effectiveProtocols({ headers, protocols });
    const agreed = checkResponse(response, { key: this.#key, protocols: asked, offeredExtensions: [] });
    this.#over = true;
    this.#attempt.end();
    const { diagnostics } = this.#attempt;
    this.#attempt.phase = 'open';
    this.#transport.diagnostics = diagnostics;
    const opened = (this.#open as Open<T>)(this.#transport, { url: this.#url, response, tls: this.#tls, ...agreed });
    diagnostics.opened({ response, tls: this.#tls, ...agreed });
    this.#resolve(opened);
  }

  /** TLS 1.3 has servers that tell what they think of a client's certificate only after the handshake. */
  #explain(cause: Error): WebSocketError {
    const code = 'code' in cause ? String(cause.code) : '';
    const isTls = this.#attempt.phase === 'tls' || code.startsWith('ERR_SSL_') || code === 'EPROTO';
    if (isTls && this.#url.secure) return handshakeFailed(cause, this.#url.host, this.#attempt.address);
    return this.#attempt.failed(cause);
  }

  #fail(error: WebSocketError): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempt.end();
    this.#transport.destroy();
    this.#attempt.diagnostics.failed(error);
    this.#attempt.diagnostics.log(() => `failed: ${error.code}: ${error.message.split('\n', 1)[0]}`);
    this.#reject(error);
  }
}

const addressOf = ({ address }: Attempt): { address?: string } => (address === undefined ? {} : { address });

/** The url for errors and for the connection: without user name and password. */
export function shownUrl({ secure, hostHeader, resourceName }: WebSocketUrl): string {
  return `${secure ? 'wss' : 'ws'}://${hostHeader}${resourceName}`;
}
