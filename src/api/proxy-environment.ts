import { BlockList, isIP } from 'node:net';

/** The environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the connection is to go. */
export interface ProxyTarget {
  readonly secure: boolean;
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * The proxy that the environment names: `https_proxy` for `wss:`, `http_proxy` for `ws:`, else `all_proxy`, lower case first; an empty
 * one counts as not set. HTTP_PROXY is not looked at where REQUEST_METHOD is set: in a CGI program the client sets it with a header `Proxy`.
 *
 * @returns the variable's name and value; null for none, and for a target that `no_proxy` takes out
 */
export function proxyOfEnvironment(target: ProxyTarget, env: Environment): { name: string; value: string } | null {
  const scheme = target.secure ? 'https' : 'http';
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  const name = names.find((each) => env[each] && !(each === 'HTTP_PROXY' && env['REQUEST_METHOD']));
  if (name === undefined || isExcluded(target, env['no_proxy'] || env['NO_PROXY'] || '')) return null;
  return { name, value: env[name] as string };
}

/**
 * Whether a list such as NO_PROXY has the target. Its entries stand between commas or spaces: `*` is everything; a name is that host and
 * all below it, also with `.` or `*.` before it; an address is that address, a CIDR block all in it; `:port` limits an entry to a port.
 *
 * Source: decision of this project, as there is no standard; it is what curl, Go and others have in common.
 */
export function isExcluded({ host, port }: ProxyTarget, list: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return list.split(/[\s,]+/).some((entry) => {
    const { pattern, only } = takePort(entry.toLowerCase());
    if (pattern === '' || (only !== undefined && only !== port)) return false;
    return pattern === '*' || (isIP(name) === 0 ? isBelow(name, pattern) : isInBlock(name, pattern));
  });
}

/** `name:port`, `[address]:port`, or without the port; an IPv6 address may stand without brackets then. */
function takePort(entry: string): { pattern: string; only?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const pattern = bracketed ?? plain ?? entry;
  return port === undefined ? { pattern } : { pattern, only: Number(port) };
}

function isBelow(name: string, pattern: string): boolean {
  const suffix = pattern.replace(/^\*?\./, '').replace(/\.$/, '');
  return suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`));
}

function isInBlock(address: string, pattern: string): boolean {
  const [net = '', bits] = pattern.split('/');
  const version = isIP(net);
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (version === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false;
  const block = new BlockList();
  block.addSubnet(net, prefix, `ipv${version as 4 | 6}`);
  return block.check(address, `ipv${isIP(address) as 4 | 6}`);
}
