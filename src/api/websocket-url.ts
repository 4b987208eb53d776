/**
 * Ports that Fetch blocks ("bad port", port blocking): they belong to protocols that a browser must not be made to talk to. Node's
 * fetch and its own WebSocket do it, too; `connect()` takes any port.
 */
const BAD_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Whether Fetch blocks this port. */
export const isBadPort = (port: number): boolean => BAD_PORTS.has(port);

const refused = (problem: string): DOMException => new DOMException(`The url ${problem}`, 'SyntaxError');

/**
 * What the standard calls "get a URL record". The texts of the exceptions do not hold the url, in which there may be a password.
 *
 * @throws DOMException SyntaxError
 */
export function urlRecordOf(url: string): URL {
  // 1, 2. Parse it, relative to the base url if there is one.
  const record = parse(url);
  if (record === null) throw refused('cannot be parsed; write an absolute one such as wss://host:port/path');
  // 3, 4. http is ws, https is wss.
  if (record.protocol === 'http:' || record.protocol === 'https:')
    record.protocol = record.protocol.replace('http', 'ws');
  // 5. No other schemes.
  if (record.protocol !== 'ws:' && record.protocol !== 'wss:') {
    throw refused(
      `has the scheme ${JSON.stringify(record.protocol.slice(0, -1))}; ws, wss, http and https are allowed`,
    );
  }
  // 6. No fragment, not even an empty one.
  if (record.href.includes('#')) throw refused('has a fragment; write %23 for a # that is meant as such');
  return record;
}

/** In Node there is no base url, but a program may have made a `location` as browsers have it. */
function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    const { location } = globalThis as { location?: { readonly href?: unknown } };
    const base = String(location?.href);
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }
}
