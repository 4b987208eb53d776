import { TlsError } from './error.js';
import { printable } from './printable.js';

/** What most likely is behind a TLS handshake that failed, by the end of OpenSSL's code. In the order of asking. */
const CAUSES: readonly (readonly [code: RegExp, explanation: string])[] = [
  [/CERTIFICATE_REQUIRED$/, 'the server asks for a client certificate: give sslConfig, or tls.cert and tls.key'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/,
    'the server does not accept the client certificate: give one that it knows, in sslConfig or tls.cert and tls.key',
  ],
  [
    /(WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG)$/,
    'what answers there does not speak TLS: look at the port, or use ws: instead of wss:',
  ],
  [/UNRECOGNIZED_NAME$/, 'the server does not know this name: give the one it knows as tls.servername'],
  [
    /(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/,
    'both sides have no TLS version in common: set tls.minVersion, or update the server',
  ],
  [
    /UNSAFE_LEGACY_RENEGOTIATION_DISABLED$/,
    'the server does not know secure renegotiation (RFC 5746): update it, or allow it with tls.secureOptions',
  ],
  [/NO_APPLICATION_PROTOCOL$/, 'both sides have no protocol in common: look at tls.ALPNProtocols'],
  [
    /(HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS_AVAILABLE|INSUFFICIENT_SECURITY|TOO_SMALL|NO_SUITABLE_\w+)$/,
    'both sides have no cipher, group or signature algorithm in common: look at tls.ciphers, tls.ecdhCurve, tls.sigalgs, ' +
      'or the server asks for a client certificate',
  ],
  [/^(ECONNRESET|EPIPE)$/, 'the server ended the connection without a word: look at its log'],
];

/**
 * What to do about an error of the TLS handshake.
 *
 * @param code the `code` of the error, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`.
 * @returns a sentence without a full stop, or undefined where the code says nothing about the cause.
 */
export function explainHandshakeFailure(code: string): string | undefined {
  return CAUSES.find(([pattern]) => pattern.test(code))?.[1];
}

/**
 * The error of a TLS handshake that failed, or that the server ended with an alert.
 *
 * @param cause what `node:tls` raised. On TLS 1.3 a server that misses a client certificate says so only after
 * `secureConnect`: the same error is made of it.
 */
export function handshakeFailed(cause: unknown, hostName: string, address?: string): TlsError {
  const { code, message } = factsOfCause(cause);
  const explanation = explainHandshakeFailure(code) ?? printable(message);
  const where = address === undefined ? printable(hostName) : `${printable(hostName)} (${printable(address)})`;
  return new TlsError(
    'WS_TLS_HANDSHAKE',
    `TLS with ${where} failed (${printable(code) || 'no code'}): ${explanation}`,
    {
      hostName,
      reason: explanation,
      ...(address === undefined ? {} : { address }),
      cause,
    },
  );
}

function factsOfCause(cause: unknown): { readonly code: string; readonly message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return { code, message: cause.message };
}
