import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  buildRequest,
  checkAcceptance,
  checkResponse,
  createKey,
  type Extension,
  effectiveProtocols,
  formatExtensions,
  HandshakeError,
  PERMESSAGE_DEFLATE,
  type Response,
  ResponseParser,
  type WebSocketUrl,
} from '../handshake/index.js';
import { handshakeFailed } from '../tls/index.js';
import { Attempt } from './attempt.js';
import type { AgreedCompression } from './compression.js';
import type { WebSocketError } from './errors.js';
import type { Settings } from './options.js';
import { connectTls, judgeSocket, type TlsReport } from './secure.js';
import { type Receiver, Transport } from './transport.js';

/** What the handshakes agreed on. */
export interface Agreed {
  /** Without user name and password. */
  readonly url: string;
  readonly response: Response;
  /** `''` if none. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  /** What was agreed on of permessage-deflate; `null` if it was not. */
  readonly compression: AgreedCompression | null;
  /** `null` for `ws:`. */
  readonly tls: TlsReport | null;
}

/**
 * Makes the connection of the user's out of an established one. It is called in the same tick as the last byte of the
 * handshake came, and must set the transport's receiver: frames may be in the same read.
 */
export type Open<T> = (transport: Transport, agreed: Agreed) => T;

/**
 * Dials: tcp, for `wss:` tls and the verdict on it, request out, response in. Nothing is written to a TLS connection before its verdict.
 *
 * @throws (as a rejection) ConnectionError, TlsError or HandshakeError; the socket is destroyed then.
 */
export function dial<T>(url: WebSocketUrl, settings: Settings, open: Open<T>): Promise<T> {
  return new Promise((resolve, reject) => new Dial(url, settings, open, resolve, reject).start());
}

class Dial<T> implements Receiver {
  readonly #url: WebSocketUrl;
  readonly #settings: Settings;
  readonly #open: Open<T>;
  readonly #resolve: (connection: T) => void;
  readonly #reject: (error: WebSocketError) => void;
  readonly #key: string = createKey();
  /** The request is built before anything is dialed: a header that makes no sense costs no connection. */
  readonly #request: string;
  readonly #attempt: Attempt;
  readonly #transport: Transport = new Transport(this);
  readonly #parser: ResponseParser = new ResponseParser();
  #tls: TlsReport | null = null;
  /** Whether the server has said anything. */
  #answered = false;
  #over = false;

  constructor(
    url: WebSocketUrl,
    settings: Settings,
    open: Open<T>,
    resolve: (connection: T) => void,
    reject: (error: WebSocketError) => void,
  ) {
    this.#url = url;
    this.#settings = settings;
    this.#open = open;
    this.#resolve = resolve;
    this.#reject = reject;
    const { headers, protocols, origin, compression } = settings;
    this.#request = buildRequest({
      url,
      key: this.#key,
      headers,
      protocols,
      ...(origin !== undefined && { origin }),
      ...(compression !== null && { extensions: formatExtensions([compression.offer]) }),
    });
    this.#attempt = new Attempt(shownUrl(url), settings);
  }

  start(): void {
    this.#attempt.begin((error) => this.#fail(error));
    if (this.#over) return;
    if (isIP(this.#url.host) !== 0) this.#attempt.phase = 'tcp';
    try {
      this.#watch(this.#connect());
    } catch (error) {
      this.#fail(error as WebSocketError);
    }
  }

  #connect(): Socket {
    const { host, secure, port } = this.#url;
    const { onread } = this.#transport;
    if (secure) return connectTls(this.#url, this.#settings.security, onread);
    return connectTcp({ host, port, noDelay: true, onread });
  }

  #watch(socket: Socket): void {
    this.#transport.attach(socket, true);
    const onLookup = (error: Error | null): void => {
      if (error === null) this.#attempt.phase = 'tcp';
    };
    socket.once('lookup', onLookup);
    socket.once('connect', () => {
      // The socket lives on with the connection; what is left on it would keep the dial in memory.
      socket.off('lookup', onLookup);
      this.#onConnect(socket);
    });
    if (this.#url.secure) socket.once('secureConnect', () => this.#onSecureConnect(socket as TLSSocket));
  }

  #onConnect(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // A connection that is gone already has none.
    if (remoteAddress !== undefined) {
      const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
      this.#attempt.address = `${host}:${remotePort}`;
    }
    if (this.#url.secure) this.#attempt.phase = 'tls';
    else this.#sendRequest();
  }

  #onSecureConnect(socket: TLSSocket): void {
    if (this.#over) return;
    try {
      this.#tls = judgeSocket(socket, this.#url, this.#settings.security, this.#attempt.address);
    } catch (error) {
      return this.#fail(error as WebSocketError);
    }
    this.#sendRequest();
  }

  #sendRequest(): void {
    if (this.#over) return;
    this.#attempt.phase = 'handshake';
    this.#transport.writeRaw(this.#request);
  }

  // Receiver

  read(chunk: Buffer, start: number, end: number): void {
    if (this.#over) return;
    this.#answered = true;
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
    // In the TLS handshake node:tls has an error for it, which comes with the end of the socket.
    if (this.#over || this.#attempt.phase === 'tls') return;
    // A refusal without Content-Length ends with the stream; of a head that was cut the parser says what it looks like.
    if (this.#answered) this.#parse(() => this.#parser.end());
    if (!this.#over) this.#fail(this.#attempt.ended());
  }

  closed(cause: Error | undefined): void {
    if (this.#over) return;
    // A server that refuses need not wait for the end of its connection: what it said tells more than the reset.
    if (this.#parser.head !== null) return this.ended();
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
    const { headers, protocols, compression } = this.#settings;
    const asked = effectiveProtocols({ headers, protocols });
    const offeredExtensions = compression === null ? [] : [PERMESSAGE_DEFLATE];
    const agreed = checkResponse(response, { key: this.#key, protocols: asked, offeredExtensions });
    const agreement = compression === null ? null : checkAcceptance(compression.offer, agreed.extensions);
    const agreedCompression = compression === null || agreement === null ? null : { ...compression, agreement };
    this.#over = true;
    this.#attempt.end();
    const facts = { url: shownUrl(this.#url), response, tls: this.#tls, compression: agreedCompression, ...agreed };
    this.#resolve(this.#open(this.#transport, facts));
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
    this.#reject(error);
  }
}

const addressOf = ({ address }: Attempt): { address?: string } => (address === undefined ? {} : { address });

/** The url for errors and for the connection: without user name and password. */
export function shownUrl({ secure, hostHeader, resourceName }: WebSocketUrl): string {
  return `${secure ? 'wss' : 'ws'}://${hostHeader}${resourceName}`;
}
