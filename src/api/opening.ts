import {
  buildRequest,
  checkResponse,
  createKey,
  type Extension,
  effectiveProtocols,
  type Response,
  ResponseParser,
} from '../handshake/index.js';
import type { Attempt } from './attempt.js';
import type { Codec, Compression } from './compression.js';
import { Exchange } from './exchange.js';
import type { Settings } from './options.js';
import type { Hop } from './retry.js';
import type { TlsReport } from './tls-report.js';
import type { Transport } from './transport.js';

/** What the handshakes agreed on. */
export interface Agreed {
  /** Without user name and password. */
  readonly url: string;
  readonly response: Response;
  /** `''` if none. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  /** What was agreed on of permessage-deflate; `null` if it was not. */
  readonly compression: Codec | null;
  /** `null` for `ws:`. */
  readonly tls: TlsReport | null;
}

/**
 * Makes the connection of the user's out of an established one. It is called in the same tick as the last byte of the
 * handshake came, and must set the transport's receiver: frames may be in the same read.
 */
export type Open<T> = (transport: Transport, agreed: Agreed, settings: Settings) => T;

const NONE: readonly string[] = [];

/** The opening handshake (RFC 6455 4.1) of one request. Making it throws for what cannot be requested. */
export class Opening<T> extends Exchange<T> {
  /** To be set, for `wss:`, when the certificate has been judged. */
  tls: TlsReport | null = null;
  readonly #key: string;
  readonly #settings: Settings;
  readonly #open: Open<T>;
  readonly #compression: Compression | null;

  /** @throws HandshakeError `WS_HANDSHAKE_HEADER` or `WS_HANDSHAKE_OPTION` */
  constructor({ url, settings, digest }: Hop, attempt: Attempt, open: Open<T>, compression: Compression | null) {
    const { headers, protocols, origin } = settings;
    const key = createKey();
    const authorization = digest?.authorization;
    const extensions = compression?.text;
    const request = buildRequest({ url, key, headers, protocols, authorization, origin, extensions });
    super(attempt, request, new ResponseParser());
    this.#key = key;
    this.#settings = settings;
    this.#open = open;
    this.#compression = compression;
  }

  protected override proceed(): void {
    this.attempt.enter('handshake');
    super.proceed();
  }

  protected override finish(response: Response): T {
    const agreed = this.#agree(response);
    const { attempt } = this;
    attempt.end();
    attempt.phase = 'open';
    const { diagnostics } = attempt;
    this.transport.diagnostics = diagnostics;
    const opened = this.#open(this.transport, agreed, this.#settings);
    if (diagnostics !== null) {
      const { protocol, extensions, tls } = agreed;
      diagnostics.opened({ response, protocol, extensions, tls });
    }
    return opened;
  }

  /** @throws HandshakeError for a response that does not fit the request */
  #agree(response: Response): Agreed {
    const { headers, protocols: asked } = this.#settings;
    const compression = this.#compression;
    const { protocol, extensions } = checkResponse(response, {
      key: this.#key,
      protocols: headers === undefined ? asked : effectiveProtocols({ headers, protocols: asked }),
      offeredExtensions: compression === null ? NONE : [compression.name],
    });
    return {
      url: this.attempt.url,
      response,
      protocol,
      extensions,
      compression: compression === null ? null : compression.agreeOn(extensions),
      tls: this.tls,
    };
  }
}
