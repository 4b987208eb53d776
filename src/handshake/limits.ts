import { HandshakeError } from './error.js';

/** The limits of a received head and of the body of a refused upgrade (decision of this project). */
export interface HeadLimits {
  /** Start line, field lines and empty line in bytes, interim responses included; default 16384. */
  readonly maxHeadBytes: number;
  /** Number of field lines, those of interim responses included; default 100. */
  readonly maxHeaders: number;
  /** One line in bytes with its CRLF; default 8192. */
  readonly maxLineBytes: number;
  /** Bytes of the body of a refused upgrade that are kept, the rest is cut off; default 65536. */
  readonly maxBodyBytes: number;
}

/** 16 KiB and 8 KiB are what the common servers allow in the other direction; 64 KiB hold any error page. */
export const DEFAULT_HEAD_LIMITS: HeadLimits = {
  maxHeadBytes: 16_384,
  maxHeaders: 100,
  maxLineBytes: 8_192,
  maxBodyBytes: 65_536,
};

/**
 * The limits with the defaults for those not given.
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` when one is no whole number: there is no "without limit"
 */
export function limitsOf(given?: Partial<HeadLimits>): HeadLimits {
  if (given === undefined) return DEFAULT_HEAD_LIMITS;
  const limits = { ...DEFAULT_HEAD_LIMITS };
  for (const name of Object.keys(limits) as (keyof HeadLimits)[]) {
    const value = given[name] ?? limits[name];
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new HandshakeError('WS_HANDSHAKE_OPTION', `${name} is ${value}; allowed are whole numbers from 0`, {
        rule: name,
        section: 'decision of this project',
        value: String(value),
      });
    }
    limits[name] = value;
  }
  return limits;
}
