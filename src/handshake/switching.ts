import { HandshakeHeaders } from './headers.js';
import type { Response } from './http-message.js';
import type { HeadLimits } from './limits.js';

/**
 * The head of a 101 with nothing in it that needs a second look: status line (RFC 9112 4), field lines whose names are
 * tokens and whose values are field values (RFC 9112 5, RFC 9110 5.5 and 5.6.2), all of them ended by CRLF, and the empty line.
 */
const HEAD =
  /^HTTP\/1\.1 101(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;

/** Where the reason phrase begins: behind `HTTP/1.1 101 `. */
const REASON_AT = 13;
/** What nearly every server says, so that a connection need not keep its own copy. */
const REASON = 'Switching Protocols';
/** Shared by all: nothing can be written to it. */
const NO_BODY = Buffer.alloc(0);

/** A response, and the index of the first byte behind it. */
export interface Switching {
  readonly response: Response;
  readonly end: number;
}

/**
 * Reads the response of a handshake that succeeds, when its head has come in one piece, as most do: one expression proves the whole head,
 * and no line of it becomes an object of its own.
 *
 * The invariant: what it takes the general reader takes as well, and makes the same response of it. All else, every fault
 * and whatever comes near a limit, is left to that one: null.
 */
export function readSwitching(bytes: Buffer, start: number, end: number, limits: HeadLimits): Switching | null {
  const room = Math.min(limits.maxHeadBytes, limits.maxLineBytes);
  const text = bytes.toString('latin1', start, Math.min(end, start + room));
  const length = text.indexOf('\r\n\r\n') + 4;
  if (length < 4) return null;
  // A slice would keep the frames that came with the head in memory.
  const head = length === text.length ? text : bytes.toString('latin1', start, start + length);
  if (!HEAD.test(head)) return null;
  const headers = HandshakeHeaders.ofHead(head);
  if (headers.size > limits.maxHeaders) return null;
  return { response: switchingProtocols(reasonOf(head), headers), end: start + length };
}

function reasonOf(head: string): string {
  const end = head.indexOf('\r\n');
  return end === REASON_AT + REASON.length && head.startsWith(REASON, REASON_AT) ? REASON : head.slice(REASON_AT, end);
}

const switchingProtocols = (reason: string, headers: HandshakeHeaders): Response => ({
  httpVersion: '1.1',
  status: 101,
  reason,
  headers,
  body: NO_BODY,
  bodyTruncated: false,
});
