import { buildTunnelRequest, type HeadersOption } from '../handshake/index.js';
import type { Ignore, SslConfig, TlsOptions } from '../tls/index.js';
import { optionError } from './errors.js';
import { checkSecurity, type Security } from './secure.js';

/** A proxy with more than its url. */
export interface ProxyOptions {
  /** As the option `proxy` itself: a url, or `'env'`. */
  readonly url: string | URL;
  /** Headers of the CONNECT request, such as User-Agent; they overwrite ours (Host, Proxy-Authorization). Default: none. */
  readonly headers?: HeadersOption;
  /** Which SSL errors the proxy's own certificate may have, for `https:`. Default `[]`: none, whatever the target's may have. */
  readonly ignoreSslErrors?: Ignore;
  /** As the option `pin`, for the proxy's own certificate. Default: none. */
  readonly pin?: readonly string[];
  /** The client certificate for the proxy. Default: none. */
  readonly sslConfig?: SslConfig;
  /** As the option `tls`, for the connection to the proxy. Default: none. */
  readonly tls?: TlsOptions;
}

/** Where a proxy is, and how it speaks. */
export interface ProxyAddress {
  readonly kind: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly userinfo: { readonly username: string; readonly password: string } | null;
  /** Without userinfo, for errors. */
  readonly shown: string;
}

/** The option `proxy` after its check. */
export interface ProxySettings {
  readonly address: ProxyAddress | 'env';
  readonly headers: HeadersOption;
  readonly security: Security;
}

const NAMES: ReadonlySet<string> = new Set(['url', 'headers', 'ignoreSslErrors', 'pin', 'sslConfig', 'tls']);

/**
 * @throws ConnectionError `WS_OPTION`, TlsError `WS_TLS_OPTION` for the options of TLS, HandshakeError `WS_HANDSHAKE_HEADER` for
 * a header
 */
export function checkProxy(value: unknown): ProxySettings | null {
  if (value === undefined) return null;
  const isUrl = typeof value === 'string' || value instanceof URL;
  if (!isUrl && (typeof value !== 'object' || value === null)) {
    throw optionError(`option 'proxy': ${ALLOWED}, 'env', or an object with such a url is allowed`);
  }
  const { url, headers = {}, ...security } = (isUrl ? { url: value } : value) as ProxyOptions;
  for (const name of isUrl ? [] : Object.keys(value as object)) {
    if (!NAMES.has(name))
      throw optionError(`option 'proxy.${name}' does not exist; there are ${[...NAMES].join(', ')}`);
  }
  buildTunnelRequest({ host: 'localhost', port: 80, userinfo: null, headers });
  const text = url instanceof URL ? url.href : url;
  const address = text === 'env' ? text : parseProxyUrl(text, "option 'proxy'");
  return { address, headers, security: checkSecurity(security) };
}

const ALLOWED = 'http://[user:password@]host[:port], https://... or socks5://...';
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, socks5: 1080 };

/**
 * The url of a proxy. `socks5h` is the same as `socks5`: names are looked up at the proxy.
 *
 * @param source What the url stands in, for the error.
 * @throws ConnectionError `WS_OPTION`, which does not show the url: there may be a password in it
 */
export function parseProxyUrl(text: unknown, source: string): ProxyAddress {
  const [, http, socks = http] = (typeof text === 'string' && /^(?:(https?)|(socks5)h?):\/\//i.exec(text)) || [];
  const scheme = socks?.toLowerCase();
  if (scheme === undefined || !URL.canParse(text as string)) throw wrong(source, `${ALLOWED} is allowed`);
  const url = new URL(text as string);
  const { hostname, pathname, search, hash } = url;
  if (hostname === '' || !/^\/?$/.test(pathname + search + hash))
    throw wrong(source, `${ALLOWED} is allowed, and no path`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? PORTS[scheme] : Number(url.port);
  if (!port) throw wrong(source, 'a port from 1 to 65535 is allowed');
  const kind = scheme as ProxyAddress['kind'];
  return { kind, host, port, userinfo: userinfoOf(url, kind, source), shown: `${kind}://${hostname}:${port}` };
}

const wrong = (source: string, allowed: string): Error => optionError(`${source}: ${allowed}`);

function userinfoOf(url: URL, kind: string, source: string): ProxyAddress['userinfo'] {
  if (url.username === '' && url.password === '') return null;
  const [username, password] = [url.username, url.password].map((part) => decode(part, source)) as [string, string];
  if (kind === 'socks5') {
    // RFC 1929 2: one byte tells the length of each, and 0 is none.
    const fits = [username, password].every((part) => part !== '' && Buffer.byteLength(part) <= 255);
    if (!fits) throw wrong(source, 'user name and password of 1 to 255 bytes each are allowed (RFC 1929)');
  } else if (username.includes(':')) {
    throw wrong(source, 'a user name without a colon is allowed, as Basic has it (RFC 7617 2)');
  }
  return { username, password };
}

function decode(part: string, source: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(source, '%25 is allowed where a % is meant in user name or password');
  }
}
