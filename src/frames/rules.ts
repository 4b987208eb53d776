import type { ProtocolErrorCode } from './error.js';
import type { FrameHeader } from './header.js';
import { CONTINUATION, isControl, PONG, type Role, TEXT } from './opcode.js';

/** A rule that a frame breaks. */
export interface Violation {
  readonly code: ProtocolErrorCode;
  readonly section: string;
  readonly closeCode: number;
  readonly message: string;
  /** The error of another layer that told it. */
  readonly cause?: unknown;
}

/** What the rules must know beside the header. */
export interface RuleContext {
  /** The side that reads. */
  readonly role: Role;
  /** Whether permessage-deflate was agreed on, which gives rsv1 its meaning. */
  readonly deflate: boolean;
  /** Whether a fragmented message is under way. */
  readonly inMessage: boolean;
  /** Bytes of its payload received so far. */
  readonly messageLength: number;
  /** Whether the frame belongs to a compressed message. Default `false`. */
  readonly compressed?: boolean;
  /** Frames of it received so far. */
  readonly fragments: number;
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
}

type Check = (header: FrameHeader, context: RuleContext) => Violation | null;

const violation = (code: ProtocolErrorCode, section: string, closeCode: number, message: string): Violation => ({
  code,
  section,
  closeCode,
  message,
});

/** "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values" (RFC 6455 5.2; rsv1: RFC 7692 6). */
export const checkRsv: Check = (header, { deflate }) => {
  const starts = header.opcode !== CONTINUATION && !isControl(header.opcode);
  const set = [header.rsv1 && !(deflate && starts) && 'rsv1', header.rsv2 && 'rsv2', header.rsv3 && 'rsv3'];
  const names = set.filter((name) => name !== false).join(', ');
  if (names === '') return null;
  const section = header.rsv1 && deflate ? 'RFC 7692 6' : 'RFC 6455 5.2';
  return violation('WS_PROTOCOL_RSV', section, 1002, `frame with ${names} set, which no extension gave a meaning`);
};

/** "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_" (RFC 6455 5.2). */
export const checkOpcode: Check = ({ opcode }) =>
  (opcode > 2 && opcode < 8) || opcode > PONG
    ? violation('WS_PROTOCOL_OPCODE', 'RFC 6455 5.2', 1002, `unknown opcode 0x${opcode.toString(16)}`)
    : null;

/** "All control frames [...] MUST NOT be fragmented" (RFC 6455 5.5). */
export const checkControlFragmented: Check = ({ opcode, fin }) =>
  isControl(opcode) && !fin
    ? violation('WS_PROTOCOL_CONTROL_FRAGMENTED', 'RFC 6455 5.5', 1002, 'fragmented control frame')
    : null;

/** "All control frames MUST have a payload length of 125 bytes or less" (RFC 6455 5.5). */
export const checkControlLength: Check = ({ opcode, length }) =>
  isControl(opcode) && length > 125
    ? violation('WS_PROTOCOL_CONTROL_LENGTH', 'RFC 6455 5.5', 1002, `control frame of ${length} bytes, 125 are allowed`)
    : null;

/**
 * A continuation frame continues a message, a text or binary frame starts one: "fragments of one message MUST NOT be
 * interleaved between the fragments of another message" (RFC 6455 5.4).
 */
export const checkContinuation: Check = ({ opcode }, { inMessage }) => {
  if (isControl(opcode) || (opcode === CONTINUATION) === inMessage) return null;
  const message = inMessage
    ? `${opcode === TEXT ? 'text' : 'binary'} frame inside a fragmented message`
    : 'continuation frame without a message to continue';
  return violation('WS_PROTOCOL_CONTINUATION', 'RFC 6455 5.4', 1002, message);
};

/**
 * "A client MUST close a connection if it detects a masked frame" and "The server MUST close the connection upon receiving
 * a frame that is not masked" (RFC 6455 5.1).
 */
export const checkMask: Check = ({ maskingKey }, { role }) => {
  const masked = maskingKey !== null;
  if (masked === (role === 'server')) return null;
  const message = masked ? 'masked frame from a server' : 'frame from a client that is not masked';
  return violation('WS_PROTOCOL_MASK', 'RFC 6455 5.1', 1002, message);
};

/** "The most significant bit MUST be 0" (RFC 6455 5.2). */
export const checkLengthSign: Check = ({ lengthTooLong }) =>
  lengthTooLong
    ? violation('WS_PROTOCOL_LENGTH', 'RFC 6455 5.2', 1002, '64-bit length with the most significant bit set')
    : null;

/** "The minimal number of bytes MUST be used to encode the length" (RFC 6455 5.2). */
export const checkLengthMinimal: Check = ({ length, extendedLength }) =>
  (extendedLength === 2 && length < 126) || (extendedLength === 8 && length < 65536)
    ? violation(
        'WS_PROTOCOL_LENGTH',
        'RFC 6455 5.2',
        1002,
        `length ${length} written in ${extendedLength * 8} bits, which is more than it needs`,
      )
    : null;

/**
 * By how many bytes DEFLATE may make a message longer that cannot be compressed. RFC 1951 3.2.4 has five bytes for a block of up to
 * 65,535; zlib makes blocks of 16 KiB by default and of 128 bytes with its smallest memLevel.
 */
const expansionOf = (length: number): number => 64 + length / 16;

/**
 * The limit of the message, seen in the header before a byte of the payload is kept: close code 1009 (RFC 6455 7.4.1, 10.4). What a
 * compressed message holds is limited while it is inflated; here it may be a little longer.
 */
export const checkMessageLength: Check = ({ opcode, length }, { messageLength, maxMessageBytes, compressed }) =>
  !isControl(opcode) && length + messageLength > maxMessageBytes + (compressed ? expansionOf(maxMessageBytes) : 0)
    ? violation(
        'WS_PROTOCOL_MESSAGE_TOO_BIG',
        'option maxMessageBytes',
        1009,
        `message of at least ${length + messageLength} bytes, maxMessageBytes allows ${maxMessageBytes}`,
      )
    : null;

/** The limit of frames per message: a peer that sends fragments without end costs time, if not memory (RFC 6455 10.4). */
export const checkFragments: Check = ({ opcode }, { fragments, maxFragments }) =>
  !isControl(opcode) && fragments >= maxFragments
    ? violation(
        'WS_PROTOCOL_TOO_MANY_FRAGMENTS',
        'option maxFragments',
        1008,
        `message of more than ${maxFragments} fragments, which is what maxFragments allows`,
      )
    : null;

/** All checks of a header. Their order is part of the behaviour: the first broken rule is the one that is reported. */
const CHECKS: readonly Check[] = [
  checkRsv,
  checkOpcode,
  checkControlFragmented,
  checkControlLength,
  checkContinuation,
  checkMask,
  checkLengthSign,
  checkLengthMinimal,
  checkMessageLength,
  checkFragments,
];

/** The first rule that the header breaks; `null` if it breaks none. */
export function checkHeader(header: FrameHeader, context: RuleContext): Violation | null {
  for (const check of CHECKS) {
    const found = check(header, context);
    if (found !== null) return found;
  }
  return null;
}

/** "When an endpoint [...] finds that the byte stream is not, in fact, valid UTF-8, that endpoint MUST _Fail the WebSocket Connection_" (RFC 6455 8.1). */
export const BAD_TEXT: Violation = {
  code: 'WS_PROTOCOL_UTF8',
  section: 'RFC 6455 8.1',
  closeCode: 1007,
  message: 'text that is not UTF-8',
};

/** The rules of a close frame's payload (RFC 6455 5.5.1, 7.4). */
export function closeViolation(broken: 'length' | 'code' | 'utf8', code: number): Violation {
  if (broken === 'utf8') {
    return violation('WS_PROTOCOL_UTF8', 'RFC 6455 5.5.1', 1007, 'close reason that is not UTF-8');
  }
  if (broken === 'code') {
    return violation(
      'WS_PROTOCOL_CLOSE_CODE',
      'RFC 6455 7.4',
      1002,
      `close code ${code}, which no close frame may carry`,
    );
  }
  const message = 'close frame with a payload of one byte, a close code has two';
  return violation('WS_PROTOCOL_CLOSE_PAYLOAD', 'RFC 6455 5.5.1', 1002, message);
}

/** "The endpoint [...] MUST use the following algorithm to decompress a message": data for which that fails is 1007, "not consistent with the type of the message" (RFC 7692 7.2.2, RFC 6455 7.4.1). */
export const badDeflate = (problem: string, cause?: unknown): Violation => ({
  ...violation('WS_PROTOCOL_DEFLATE', 'RFC 7692 7.2.2', 1007, `compressed message that does not inflate: ${problem}`),
  ...(cause !== undefined && { cause }),
});

/** The limit of the message, seen while it inflates. */
export const inflatesTooBig = (limit: number): Violation =>
  violation(
    'WS_PROTOCOL_MESSAGE_TOO_BIG',
    'option maxMessageBytes',
    1009,
    `compressed message that inflates to more than ${limit} bytes, which is what maxMessageBytes allows`,
  );
