import { constants } from 'node:buffer';
import { argumentError } from './error.js';
import type { Inflater } from './inflate.js';
import { type MessageOpcode, type Role, TEXT } from './opcode.js';

/** Options of a {@link Reader}. */
export interface ReaderOptions {
  /** The side that reads. Default `'client'`: frames must not be masked (RFC 6455 5.1). */
  readonly role?: Role;
  /** Longest message in bytes, at least 0. Default 16 MiB: a peer must not be able to fill the memory (RFC 6455 10.4). */
  readonly maxMessageBytes?: number;
  /** Most frames of one message, at least 1. Default 131,072: fragments cost time even if they are empty. */
  readonly maxFragments?: number;
  /** Inflates compressed messages, if permessage-deflate was agreed on (RFC 7692). It belongs to the reader, which closes it. */
  readonly inflater?: Inflater | null;
  /**
   * Called with `true` when a large message is inflated off the loop: the sink is not called meanwhile, and what arrives is kept
   * in memory, so stop to read from the socket. Called with `false` when it goes on.
   */
  readonly hold?: ((held: boolean) => void) | undefined;
}

/** Default of `maxMessageBytes`: 16 MiB. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
/** Default of `maxFragments`. */
export const MAX_FRAGMENTS = 131072;

/** What the parts of a reader have to know of its options. */
export interface ReadingRules {
  readonly role: Role;
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
}

let last: ReadingRules | null = null;

/**
 * Readers with the same options, as most of a program are, share their rules.
 *
 * @throws ProtocolError `WS_PROTOCOL_ARGUMENT` for a limit that is none.
 */
export function rulesOf(options: ReaderOptions): ReadingRules {
  const role = options.role ?? 'client';
  const maxMessageBytes = checkLimit('maxMessageBytes', options.maxMessageBytes ?? MAX_MESSAGE_BYTES, 0);
  const maxFragments = checkLimit('maxFragments', options.maxFragments ?? MAX_FRAGMENTS, 1);
  const isSame = last?.role === role && last.maxMessageBytes === maxMessageBytes && last.maxFragments === maxFragments;
  if (last === null || !isSame) last = { role, maxMessageBytes, maxFragments };
  return last;
}

/** NaN is over no limit and under none, so that it would allow everything; Infinity is a choice. */
function checkLimit(name: keyof ReaderOptions, limit: number, least: number): number {
  if (typeof limit === 'number' && limit >= least) return limit;
  throw argumentError(`${name} is ${limit}: a number of at least ${least} is needed`, `option ${name}`);
}

/** The longest message of this kind in bytes. A longer string or Buffer than Node can make would throw where it is made. */
export function longestMessage({ maxMessageBytes }: ReadingRules, opcode: MessageOpcode): number {
  return Math.min(maxMessageBytes, opcode === TEXT ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH);
}
