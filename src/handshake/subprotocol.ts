import { HandshakeError, quote } from './error.js';
import { isToken, parseTokenList } from './grammar.js';

/**
 * Checks the subprotocols a client is about to ask for: tokens, each once (RFC 6455 4.1, item 10 of the request).
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION`
 */
export function checkProtocols(protocols: readonly string[]): readonly string[] {
  if (protocols.length === 0) return protocols;
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !isToken(protocol)) {
      throw refused('subprotocol-token', `${quote(String(protocol))} is no token`, String(protocol));
    }
    if (seen.has(protocol)) throw refused('subprotocol-unique', `${quote(protocol)} is given twice`, protocol);
    seen.add(protocol);
  }
  return protocols;
}

function refused(rule: string, problem: string, value: string): HandshakeError {
  const message = `The subprotocol ${problem}; allowed are tokens (letters, digits and !#$%&'*+-.^_\`|~), each once`;
  return new HandshakeError('WS_HANDSHAKE_OPTION', message, { rule, section: 'RFC 6455 4.1', value });
}

/**
 * The subprotocols of a request, from all its field lines (RFC 6455 4.2.1, item 8: 1#token).
 *
 * @throws HandshakeError `WS_HANDSHAKE_SUBPROTOCOL`
 */
export function parseProtocols(values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const value = values.join(', ');
  const protocols = parseTokenList(value);
  if (protocols === null) {
    throw peerFault('subprotocol-grammar', 'RFC 6455 4.2.1', `${quote(value)} is no list of tokens`, value);
  }
  if (new Set(protocols).size < protocols.length) {
    throw peerFault('subprotocol-unique', 'RFC 6455 4.1', `${quote(value)} names a subprotocol twice`, value);
  }
  return protocols;
}

/**
 * The subprotocol of a response: one that was asked for, or '' for none (RFC 6455 4.1, item 6 of the response).
 *
 * @throws HandshakeError `WS_HANDSHAKE_SUBPROTOCOL`
 */
export function checkAgreedProtocol(values: readonly string[], offered: readonly string[]): string {
  const agreed = values[0];
  if (agreed === undefined) return '';
  if (values.length > 1) {
    const value = values.join(', ');
    throw peerFault('subprotocol-once', 'RFC 6455 11.3.4', `stands in the response ${values.length} times`, value);
  }
  if (offered.includes(agreed)) return agreed;
  const asked = offered.length === 0 ? 'none was' : `${offered.map(quote).join(', ')} were`;
  throw peerFault('subprotocol-offered', 'RFC 6455 4.1', `${quote(agreed)} was not asked for; ${asked}`, agreed);
}

function peerFault(rule: string, section: string, problem: string, value: string): HandshakeError {
  const message = `Sec-WebSocket-Protocol ${problem}`;
  return new HandshakeError('WS_HANDSHAKE_SUBPROTOCOL', message, { rule, section, value });
}

/**
 * What a server answers: the first subprotocol of the client's list that it supports, '' when there is none
 * (RFC 6455 4.2.2, item 4; the client lists them in its order of preference).
 */
export function selectProtocol(offered: readonly string[], supported: readonly string[]): string {
  return offered.find((protocol) => supported.includes(protocol)) ?? '';
}
