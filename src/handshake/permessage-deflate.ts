import { HandshakeError, quote } from './error.js';
import type { Extension, ExtensionParam } from './extensions.js';

/** The name of the extension (RFC 7692 7). */
export const PERMESSAGE_DEFLATE = 'permessage-deflate';

const SECTION = 'RFC 7692 7.1';
const MIN_BITS = 8;
const MAX_BITS = 15;

/** What both sides have agreed on. `client` is what the client sends, `server` what the server sends. */
export interface PerMessageDeflateAgreement {
  /** Each message of the client is compressed without the ones before it. */
  readonly clientNoContextTakeover: boolean;
  /** Each message of the server is compressed without the ones before it. */
  readonly serverNoContextTakeover: boolean;
  /** The client's window is 2 to the power of this: 8 to 15. */
  readonly clientMaxWindowBits: number;
  /** The server's window is 2 to the power of this: 8 to 15. */
  readonly serverMaxWindowBits: number;
}

/** What one side asks for. All are optional. */
export interface PerMessageDeflateOptions {
  /** Client: we will not take our context over. Server: the client shall not. Default false. */
  readonly clientNoContextTakeover?: boolean | undefined;
  /** Client: the server shall not take its context over. Server: we will not. Default false. */
  readonly serverNoContextTakeover?: boolean | undefined;
  /**
   * Client: the largest window we will use, and the server may ask for less; `false` offers no such limit. Server:
   * the largest window the client shall use. 8 to 15, default 15.
   */
  readonly clientMaxWindowBits?: number | false | undefined;
  /** The largest window the server shall use, 8 to 15; default 15. */
  readonly serverMaxWindowBits?: number | undefined;
}

/**
 * The parameters of one offer or response, by what they mean; undefined is "not there", `true` "there without a
 * value".
 */
interface Params {
  readonly clientNoContextTakeover: boolean;
  readonly serverNoContextTakeover: boolean;
  readonly clientMaxWindowBits: number | true | undefined;
  readonly serverMaxWindowBits: number | undefined;
}

/**
 * The client's offer (RFC 7692 7.1). Without `clientMaxWindowBits` it says that the server may limit our window, as
 * every client does.
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` for window bits other than 8 to 15
 * @example
 * formatExtensions([makeOffer()]); // 'permessage-deflate; client_max_window_bits'
 */
export function makeOffer(options: PerMessageDeflateOptions = {}): Extension {
  checkOptions(options);
  const params: ExtensionParam[] = [];
  if (options.serverNoContextTakeover) params.push({ name: 'server_no_context_takeover', value: null });
  if (options.clientNoContextTakeover) params.push({ name: 'client_no_context_takeover', value: null });
  if (options.serverMaxWindowBits !== undefined) {
    params.push({ name: 'server_max_window_bits', value: String(options.serverMaxWindowBits) });
  }
  if (options.clientMaxWindowBits !== false) {
    params.push({ name: 'client_max_window_bits', value: options.clientMaxWindowBits?.toString() ?? null });
  }
  return { name: PERMESSAGE_DEFLATE, params };
}

function checkOptions(options: PerMessageDeflateOptions): void {
  for (const name of ['clientMaxWindowBits', 'serverMaxWindowBits'] as const) {
    const bits = options[name];
    if (bits === undefined || (bits === false && name === 'clientMaxWindowBits')) continue;
    if (Number.isInteger(bits) && Number(bits) >= MIN_BITS && Number(bits) <= MAX_BITS) continue;
    throw new HandshakeError('WS_HANDSHAKE_OPTION', `${name} is ${String(bits)}; allowed are 8 to 15`, {
      rule: name,
      section: 'RFC 7692 7.1.2',
      value: String(bits),
    });
  }
}

/**
 * Client: judges what the server accepted, from all extensions of its response (RFC 7692 7.1, 7.1.1, 7.1.2). Null
 * means that it did not accept permessage-deflate.
 *
 * @throws HandshakeError `WS_HANDSHAKE_EXTENSIONS` when the response does not fit the offer: the connection MUST fail
 */
export function checkAcceptance(offer: Extension, accepted: readonly Extension[]): PerMessageDeflateAgreement | null {
  const [response, ...more] = accepted.filter((extension) => extension.name === PERMESSAGE_DEFLATE);
  if (response === undefined) return null;
  if (more.length > 0) throw broken('accepted-once', 'RFC 7692 5', 'is accepted more than once', PERMESSAGE_DEFLATE);
  const asked = readParams(offer.params, 'offer');
  const given = readParams(response.params, 'response');
  checkServerContext(asked, given);
  checkServerWindow(asked, given);
  checkClientWindow(asked, given);
  return {
    // 7.1.1.2: a client that offered not to take its context over does not, also when the server does not mention it.
    clientNoContextTakeover: given.clientNoContextTakeover || asked.clientNoContextTakeover,
    serverNoContextTakeover: given.serverNoContextTakeover,
    clientMaxWindowBits: Math.min(bitsOf(asked.clientMaxWindowBits), bitsOf(given.clientMaxWindowBits)),
    serverMaxWindowBits: bitsOf(given.serverMaxWindowBits),
  };
}

/** 7.1.1.1: a server accepts this parameter by including it. */
function checkServerContext(asked: Params, given: Params): void {
  if (!asked.serverNoContextTakeover || given.serverNoContextTakeover) return;
  throw broken(
    'server-no-context-takeover',
    'RFC 7692 7.1.1.1',
    'lacks server_no_context_takeover, which was asked for',
    '',
  );
}

/** 7.1.2.1: a server accepts this parameter by including it with the same or a smaller value. */
function checkServerWindow(asked: Params, given: Params): void {
  if (asked.serverMaxWindowBits === undefined) return;
  if (given.serverMaxWindowBits !== undefined && given.serverMaxWindowBits <= asked.serverMaxWindowBits) return;
  const value = String(given.serverMaxWindowBits ?? '');
  const problem = `has server_max_window_bits ${quote(value)}; at most ${asked.serverMaxWindowBits} was asked for`;
  throw broken('server-max-window-bits', 'RFC 7692 7.1.2.1', problem, value);
}

/** 7.1.2.2: only when it was offered, and then with the same or a smaller value. */
function checkClientWindow(asked: Params, given: Params): void {
  if (given.clientMaxWindowBits === undefined) return;
  const value = String(given.clientMaxWindowBits);
  if (asked.clientMaxWindowBits === undefined) {
    throw broken(
      'client-max-window-bits-offered',
      'RFC 7692 7.1.2.2',
      'has client_max_window_bits, which was not offered',
      value,
    );
  }
  if (bitsOf(given.clientMaxWindowBits) <= bitsOf(asked.clientMaxWindowBits)) return;
  const problem = `has client_max_window_bits ${value}; at most ${bitsOf(asked.clientMaxWindowBits)} was offered`;
  throw broken('client-max-window-bits', 'RFC 7692 7.1.2.2', problem, value);
}

function bitsOf(bits: number | true | undefined): number {
  return typeof bits === 'number' ? bits : MAX_BITS;
}

/**
 * Server: takes the first acceptable offer in the client's order, null when there is none. An offer that is
 * malformed, that has unknown parameters or that we cannot meet is declined and the next one is looked at (RFC 7692
 * 5.2, 7.1).
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` for window bits other than 8 to 15
 * @returns the agreement, and the extension for the response
 */
export function acceptOffer(
  offers: readonly Extension[],
  options: PerMessageDeflateOptions = {},
): { agreed: PerMessageDeflateAgreement; response: Extension } | null {
  checkOptions(options);
  for (const offer of offers) {
    if (offer.name !== PERMESSAGE_DEFLATE) continue;
    const asked = readOffer(offer);
    const limit = bitsOf(options.clientMaxWindowBits || undefined);
    // 7.1.2.2: a client that has not offered client_max_window_bits cannot be told to use a smaller window.
    if (asked === null || (asked.clientMaxWindowBits === undefined && limit < MAX_BITS)) continue;
    return answer(asked, options, limit);
  }
  return null;
}

/** An offer a server has to decline is null; it is the response that fails the connection, not the offer. */
function readOffer(offer: Extension): Params | null {
  try {
    return readParams(offer.params, 'offer');
  } catch {
    return null;
  }
}

function answer(
  asked: Params,
  options: PerMessageDeflateOptions,
  limit: number,
): { agreed: PerMessageDeflateAgreement; response: Extension } {
  const agreed: PerMessageDeflateAgreement = {
    clientNoContextTakeover: asked.clientNoContextTakeover || options.clientNoContextTakeover === true,
    serverNoContextTakeover: asked.serverNoContextTakeover || options.serverNoContextTakeover === true,
    clientMaxWindowBits: Math.min(bitsOf(asked.clientMaxWindowBits), limit),
    serverMaxWindowBits: Math.min(bitsOf(asked.serverMaxWindowBits), options.serverMaxWindowBits ?? MAX_BITS),
  };
  const response = makeOffer({
    ...agreed,
    clientMaxWindowBits: agreed.clientMaxWindowBits === MAX_BITS ? false : agreed.clientMaxWindowBits,
    serverMaxWindowBits:
      asked.serverMaxWindowBits === undefined && agreed.serverMaxWindowBits === MAX_BITS
        ? undefined
        : agreed.serverMaxWindowBits,
  });
  return { agreed, response };
}

/**
 * Reads the parameters of an offer or a response; whatever is unknown, doubled or has a wrong value is an error
 * (RFC 7692 7.1).
 */
function readParams(params: readonly ExtensionParam[], of: 'offer' | 'response'): Params {
  const values = new Map<string, string | null>();
  for (const { name, value } of params) {
    if (values.has(name)) throw broken('parameter-once', SECTION, `has ${quote(name)} twice`, name);
    values.set(name, value);
  }
  const result: Params = {
    clientNoContextTakeover: readFlag(values, 'client_no_context_takeover'),
    serverNoContextTakeover: readFlag(values, 'server_no_context_takeover'),
    clientMaxWindowBits: readClientBits(values, of),
    serverMaxWindowBits: readBits(values, 'server_max_window_bits', 'RFC 7692 7.1.2.1'),
  };
  for (const name of values.keys())
    throw broken('parameter-known', SECTION, `has the unknown parameter ${quote(name)}`, name);
  return result;
}

/** 7.1.1: the two no_context_takeover have no value. */
function readFlag(values: Map<string, string | null>, name: string): boolean {
  const value = values.get(name);
  if (value === undefined) return false;
  if (value !== null)
    throw broken('parameter-value', 'RFC 7692 7.1.1', `has ${name} with a value, ${quote(value)}`, value);
  return values.delete(name);
}

/** 7.1.2.2: in an offer the value may be missing, in a response it may not. */
function readClientBits(values: Map<string, string | null>, of: 'offer' | 'response'): number | true | undefined {
  const name = 'client_max_window_bits';
  if (of === 'response' || values.get(name) !== null) return readBits(values, name, 'RFC 7692 7.1.2.2');
  values.delete(name);
  return true;
}

/** 7.1.2: a decimal number from 8 to 15 without leading zeros. */
function readBits(values: Map<string, string | null>, name: string, section: string): number | undefined {
  const value = values.get(name);
  if (value === undefined) return undefined;
  if (value === null || !/^(?:[89]|1[0-5])$/.test(value)) {
    throw broken(
      'window-bits',
      section,
      `has ${name} ${quote(value ?? '')}; allowed are 8 to 15 without leading zeros`,
      value ?? '',
    );
  }
  values.delete(name);
  return Number(value);
}

function broken(rule: string, section: string, problem: string, value: string): HandshakeError {
  return new HandshakeError('WS_HANDSHAKE_EXTENSIONS', `permessage-deflate ${problem}`, { rule, section, value });
}
