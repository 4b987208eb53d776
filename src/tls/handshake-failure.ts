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
