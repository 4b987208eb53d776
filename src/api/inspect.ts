import type { TLSSocket } from 'node:tls';
import { parseUrl, type WebSocketUrl } from '../handshake/index.js';
import { inspectionText } from '../tls/index.js';
import { dialOnly, shownUrl } from './dial.js';
import { type ConnectOptions, checkOptions, type Settings } from './options.js';
import { examineSocket, type TlsReport } from './secure.js';

/** What {@link inspect} found. */
export interface Inspection {
  /** The url without userinfo. */
  readonly url: string;
  /** The address and port that were dialed, such as `192.0.2.7:443`: those of the proxy, if there is one. `undefined` where there are none. */
  readonly address: string | undefined;
  /** What was found about the server; `null` for `ws:`. */
  readonly tls: TlsInspection | null;
  /** All of it for a terminal, without a line end. */
  readonly text: string;
}

/** What {@link inspect} found about a server's TLS. */
export interface TlsInspection extends TlsReport {
  /** Whether `connect()` would accept it with the options given. */
  readonly accepted: boolean;
}

/**
 * Connects, reports what the server shows, and disconnects: for tools, and for people who set up a device. It refuses no
 * certificate of the server and writes nothing to the connection but the TLS handshake, which it leaves before its end where TLS 1.3 allows
 * it: the server may log that. A proxy is used, and judged, as by `connect()`; redirects are not seen.
 *
 * @param url `wss:`; for `ws:` only the address is found.
 * @param options As for `connect()`; those that begin after the TLS handshake have no effect.
 * @throws (as a rejection) ConnectionError for an option, DNS, TCP, the proxy, `timeoutMs` and `signal`; TlsError `WS_TLS_HANDSHAKE` if the TLS
 * handshake fails; HandshakeError for the url.
 * @example
 * const { text, tls } = await inspect('wss://device.local/');
 * console.log(text, tls?.acceptedBy);
 */
export async function inspect(url: string | URL, options?: ConnectOptions): Promise<Inspection> {
  const settings = checkOptions(options);
  const target = parseUrl(url);
  return dialOnly(target, settings, (socket, address) =>
    target.secure
      ? inspectTls(socket as TLSSocket, target, settings, address)
      : { url: shownUrl(target), address, tls: null, text: `${peerOf(target, address)}: not encrypted` },
  );
}

const peerOf = (target: WebSocketUrl, address: string | undefined): string =>
  address === undefined ? shownUrl(target) : `${shownUrl(target)} (${address})`;

function inspectTls(
  socket: TLSSocket,
  target: WebSocketUrl,
  settings: Settings,
  address: string | undefined,
): Inspection {
  const { verdict, facts, report } = examineSocket(socket, target, settings.security, address);
  const { protocol, cipher } = report;
  return {
    url: shownUrl(target),
    address,
    tls: { ...report, accepted: verdict.accepted },
    text: inspectionText(verdict, { ...facts, protocol, cipher }),
  };
}
