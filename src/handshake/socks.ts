import { HandshakeError } from './error.js';
import type { TunnelOptions } from './proxy-request.js';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const CONNECT = 1;
/** Bytes of an address by its type (RFC 1928 5); 3 is a name, whose first byte is its length. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [4, 16],
]);

/** REP of RFC 1928 6. */
const REPLIES: readonly string[] = [
  '',
  'general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];

/**
 * The client of a SOCKS5 proxy: RFC 1928 with CONNECT, and RFC 1929 for user name and password. A name goes to the proxy as
 * it is and is looked up there. Linear in the bytes, of which it takes 262 at most in one message; how they are cut does not matter.
 *
 * @example
 * const socks = new SocksClient({ host: 'example.com', port: 80, userinfo: null }, (bytes) => socket.write(bytes));
 * socks.start();
 * const used = socks.push(chunk);
 */
export class SocksClient {
  /** Whether the tunnel stands: what follows belongs to it. */
  connected = false;
  readonly #target: TunnelOptions;
  readonly #write: (bytes: Buffer) => void;
  #message: number[] = [];
  #next: () => void = () => this.#onMethod();

  /** @param write takes what is to be sent, at most three times */
  constructor(target: TunnelOptions, write: (bytes: Buffer) => void) {
    this.#target = target;
    this.#write = write;
  }

  /** Sends the methods to choose from (RFC 1928 3). */
  start(): void {
    const methods = this.#target.userinfo === null ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_PASSWORD];
    this.#write(Buffer.from([VERSION, methods.length, ...methods]));
  }

  /**
   * Takes bytes; returns the index of the first byte not taken, which is `end` while more is needed.
   *
   * @throws HandshakeError `WS_HANDSHAKE_PROXY`
   */
  push(chunk: Uint8Array, start = 0, end: number = chunk.length): number {
    let at = start;
    while (!this.connected && at < end) {
      this.#message.push(chunk[at] as number);
      at += 1;
      this.#next();
    }
    return at;
  }

  #onMethod(): void {
    const [version, method] = this.#message;
    if (version !== VERSION) throw refused('socks-version', '3', `it answers with version ${version}, not 5`, version);
    if (method === undefined) return;
    if (method === USERNAME_PASSWORD && this.#target.userinfo !== null)
      return this.#authenticate(this.#target.userinfo);
    if (method === NO_AUTHENTICATION) return this.#request();
    const problem = `it wants the authentication method ${method}, which was not offered`;
    const hint = this.#target.userinfo === null ? '; give user name and password in the url of the proxy' : '';
    throw refused(
      'socks-method',
      '3',
      method === 0xff ? `it takes none of the methods offered${hint}` : problem,
      method,
    );
  }

  /** RFC 1929 2. */
  #authenticate({ username, password }: NonNullable<TunnelOptions['userinfo']>): void {
    const name = Buffer.from(username);
    const word = Buffer.from(password);
    this.#write(Buffer.concat([Buffer.of(1, name.length), name, Buffer.of(word.length), word]));
    this.#expect(() => {
      const [version, status] = this.#message;
      if (version !== 1)
        throw refused('socks-auth-version', '2', `it answers with version ${version}, not 1`, version, 1929);
      if (status === undefined) return;
      if (status !== 0) throw refused('socks-auth', '2', 'it refused user name and password', status, 1929);
      this.#request();
    });
  }

  /** RFC 1928 4. */
  #request(): void {
    const { host, port } = this.#target;
    this.#write(Buffer.from([VERSION, CONNECT, 0, ...addressBytes(host), port >> 8, port & 0xff]));
    this.#expect(() => this.#onReply());
  }

  /** RFC 1928 6: VER REP RSV ATYP BND.ADDR BND.PORT. */
  #onReply(): void {
    const [version, reply, , type, length] = this.#message;
    if (version !== VERSION) throw refused('socks-version', '6', `it replies with version ${version}, not 5`, version);
    if (reply !== undefined && reply !== 0) {
      throw refused('socks-reply', '6', `it replies ${reply}: ${REPLIES[reply] ?? 'unassigned'}`, reply);
    }
    if (type === undefined) return;
    const bytes = type === 3 ? (length ?? 0) + 1 : ADDRESS_BYTES.get(type);
    if (bytes === undefined) throw refused('socks-address-type', '6', `it replies with the address type ${type}`, type);
    if (type === 3 && length === undefined) return;
    this.connected = this.#message.length === 4 + bytes + 2;
  }

  #expect(next: () => void): void {
    this.#message = [];
    this.#next = next;
  }
}

/** ATYP and DST.ADDR (RFC 1928 5); the host is one that WHATWG URL has written. */
function addressBytes(host: string): number[] {
  if (/^\d+(?:\.\d+){3}$/.test(host)) return [1, ...host.split('.').map(Number)];
  if (host.includes(':')) return [4, ...ipv6Groups(host).flatMap((group) => [group >> 8, group & 0xff])];
  const name = Buffer.from(host);
  if (name.length <= 255) return [3, name.length, ...name];
  throw refused('socks-name', '5', `a name of ${name.length} bytes cannot be asked for; 255 are allowed`, name.length);
}

function ipv6Groups(host: string): number[] {
  const [before, after] = host.split('::').map((part) => part.split(':').filter(Boolean).map(hex)) as [
    number[],
    number[]?,
  ];
  if (after === undefined) return before;
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const hex = (digits: string): number => Number.parseInt(digits, 16);

function refused(rule: string, section: string, problem: string, value: unknown, rfc = 1928): HandshakeError {
  const facts = { rule, section: `RFC ${rfc} ${section}`, value: String(value) };
  return new HandshakeError('WS_HANDSHAKE_PROXY', `The SOCKS5 proxy does not connect: ${problem}`, facts);
}
