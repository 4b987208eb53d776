import type { Extension } from './extensions.js';
import type { HandshakeHeaders } from './headers.js';

/** The head of a request as it was received. */
export interface RequestHead {
  readonly method: string;
  /** The request target: a path, or an absolute http or https uri. */
  readonly target: string;
  /** `1.1`, or another minor version. */
  readonly httpVersion: string;
  readonly headers: HandshakeHeaders;
}

/** A request that has passed every check of RFC 6455 4.2.1. */
export interface Request extends RequestHead {
  /** Path and query of the target (RFC 6455 3). */
  readonly resourceName: string;
  readonly key: string;
  /** The subprotocols asked for, the preferred one first. */
  readonly protocols: readonly string[];
  /** The extensions offered, the preferred one first. */
  readonly extensions: readonly Extension[];
  /** The value of Origin; absent for most clients that are no browser. */
  readonly origin?: string;
}

/** The head of a response. */
export interface ResponseHead {
  /** `1.1`, `1.0` or another minor version. */
  readonly httpVersion: string;
  /** 101, or 200 to 999. */
  readonly status: number;
  /** The reason phrase, may be empty. */
  readonly reason: string;
  readonly headers: HandshakeHeaders;
}

/** A complete response: a 101, or a refused upgrade with its body. */
export interface Response extends ResponseHead {
  /** Empty for a 101. */
  readonly body: Buffer;
  /** Whether `body` is not the whole body: longer than `maxBodyBytes`, or the stream ended inside. */
  readonly bodyTruncated: boolean;
}
