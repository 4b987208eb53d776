import type { TLSSocket } from 'node:tls';
import { parseUrl } from '../handshake/index.js';
import { dialOnly } from './dial.js';
import { type ConnectOptions, checkOptions } from './options.js';
import { shownUrl } from './shown-url.js';
import { loadTls, tlsLayer } from './tls-loader.js';
import type { TlsReport } from './tls-report.js';

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
  await loadTls(settings.security);
  const { evidenceOf, loadJudge } = tlsLayer();
  const { inspectEvidence } = await loadJudge();
  return dialOnly(target, settings, (socket, address) => {
    const shown = shownUrl(target);
    if (!target.secure) {
      const peer = address === undefined ? shown : `${shown} (${address})`;
      return { url: shown, address, tls: null, text: `${peer}: not encrypted` };
    }
    const evidence = evidenceOf(socket as TLSSocket, target, settings.security, address);
    const { accepted, report, text } = inspectEvidence(evidence, settings.security);
    return { url: shown, address, tls: { ...report, accepted }, text };
  });
}
