/**
 * Names the rule that was broken.
 *
 * The first group are rules of RFC 6455 and RFC 7692 that a peer can break, the second limits that the user set,
 * the last is for what our own side asked for and may not send.
 */
export type ProtocolErrorCode =
  | 'WS_PROTOCOL_RSV'
  | 'WS_PROTOCOL_OPCODE'
  | 'WS_PROTOCOL_CONTROL_FRAGMENTED'
  | 'WS_PROTOCOL_CONTROL_LENGTH'
  | 'WS_PROTOCOL_CONTINUATION'
  | 'WS_PROTOCOL_MASK'
  | 'WS_PROTOCOL_LENGTH'
  | 'WS_PROTOCOL_UTF8'
  | 'WS_PROTOCOL_CLOSE_PAYLOAD'
  | 'WS_PROTOCOL_CLOSE_CODE'
  | 'WS_PROTOCOL_DEFLATE'
  | 'WS_PROTOCOL_MESSAGE_TOO_BIG'
  | 'WS_PROTOCOL_TOO_MANY_FRAGMENTS'
  | 'WS_PROTOCOL_ARGUMENT';

/** The facts of a {@link ProtocolError}. */
export interface ProtocolErrorFacts {
  /** Stable name of the rule. */
  readonly code: ProtocolErrorCode;
  /** Where the rule stands, such as `RFC 6455 5.5`, or the name of the option that set the limit. */
  readonly section: string;
  /** Close code to fail the connection with (RFC 6455 7.4.1), such as 1002. */
  readonly closeCode: number;
  /** Who broke the rule. */
  readonly by: 'us' | 'peer';
  /** Position in the bytes received after the handshake where the broken rule was seen, in bytes; -1 if it is not about received bytes. */
  readonly offset: number;
  /** The bytes of the frame's header; empty if it is not about a frame. */
  readonly header: Buffer;
  /** The original error, if another one is the reason. */
  readonly cause?: unknown;
}

/**
 * A rule of the protocol was broken; the connection has failed (RFC 6455 7.1.7).
 *
 * `message` names the rule with its section, the value that broke it, the frame's header and its offset in the stream.
 */
export class ProtocolError extends Error implements ProtocolErrorFacts {
  override readonly name = 'ProtocolError';
  /** What broke the rule, in ASCII: the message without the place. */
  readonly rule: string;
  readonly code: ProtocolErrorCode;
  readonly section: string;
  readonly closeCode: number;
  readonly by: 'us' | 'peer';
  readonly offset: number;
  readonly header: Buffer;

  constructor(rule: string, facts: ProtocolErrorFacts) {
    super(`${rule} (${where(facts)})`, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.rule = rule;
    this.code = facts.code;
    this.section = facts.section;
    this.closeCode = facts.closeCode;
    this.by = facts.by;
    this.offset = facts.offset;
    this.header = facts.header;
  }
}

function where({ section, closeCode, by, offset, header }: ProtocolErrorFacts): string {
  if (offset < 0) return section;
  const frame = header.length === 0 ? '' : `, frame header ${header.toString('hex')}`;
  const side = by === 'peer' ? 'the peer broke it' : 'we broke it';
  return `${section}, close code ${closeCode}, ${side}, byte ${offset} of the stream${frame}`;
}

/** The error for an argument that may not be sent, such as a close code that is reserved. */
export function argumentError(message: string, section: string): ProtocolError {
  const facts = { code: 'WS_PROTOCOL_ARGUMENT', section, closeCode: 1002, by: 'us', offset: -1 } as const;
  return new ProtocolError(message, { ...facts, header: Buffer.alloc(0) });
}
