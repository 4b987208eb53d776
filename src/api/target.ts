import { parseUrl, type WebSocketUrl } from '../handshake/index.js';

let lastText = '';
let last: WebSocketUrl | null = null;

/**
 * Parses a url as `parseUrl` does, and remembers the last one: a program that opens many connections opens most of them to the same
 * url, and they share its parts. One with a user name and password is not remembered, so that no secret outlives its connection.
 *
 * @throws HandshakeError `WS_HANDSHAKE_URL`
 */
export function targetOf(url: string | URL): WebSocketUrl {
  if (last !== null && url === lastText) return last;
  const parsed = parseUrl(url);
  if (typeof url === 'string' && parsed.userinfo === null) {
    lastText = url;
    last = parsed;
  }
  return parsed;
}
