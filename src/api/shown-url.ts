import type { WebSocketUrl } from '../handshake/index.js';

/** The url for errors and for the connection: without user name and password. */
export function shownUrl({ href, userinfo, secure, hostHeader, resourceName }: WebSocketUrl): string {
  return userinfo === null ? href : `${secure ? 'wss' : 'ws'}://${hostHeader}${resourceName}`;
}
