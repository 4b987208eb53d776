/** The header of one frame (RFC 6455 5.2). */
export interface FrameHeader {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly rsv3: boolean;
  /** 0 to 15; see opcode.ts for those that have a meaning. */
  readonly opcode: number;
  /** Payload length in bytes; above 2^53 a near value, see `lengthTooLong`. */
  readonly length: number;
  /** Bytes that the length was written in beside the first seven bits: 0, 2 or 8. */
  readonly extendedLength: 0 | 2 | 8;
  /** Whether the most significant bit of a 64-bit length is set, which 5.2 forbids. */
  readonly lengthTooLong: boolean;
  /** The masking key as a little-endian 32-bit integer (its first byte in the low bits); `null` if the frame is not masked. */
  readonly maskingKey: number | null;
  /** Length of this header in bytes, 2 to 14. */
  readonly headerLength: number;
}

/** The longest header: two bytes, a 64-bit length and a masking key. */
export const MAX_HEADER_LENGTH = 14;

/**
 * Decodes the frame header that begins at `start` (RFC 6455 5.2). It checks nothing: the checks are in rules.ts.
 *
 * @returns `null` if the bytes up to `end` do not hold the whole header.
 */
export function decodeHeader(bytes: Uint8Array, start = 0, end: number = bytes.length): FrameHeader | null {
  if (end - start < 2) return null;
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  const short = second & 0x7f;
  const extendedLength = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = second >= 0x80;
  const headerLength = 2 + extendedLength + (masked ? 4 : 0);
  if (end - start < headerLength) return null;
  return {
    fin: (first & 0x80) !== 0,
    rsv1: (first & 0x40) !== 0,
    rsv2: (first & 0x20) !== 0,
    rsv3: (first & 0x10) !== 0,
    opcode: first & 0x0f,
    length: extendedLength === 0 ? short : bigEndian(bytes, start + 2, extendedLength),
    extendedLength,
    lengthTooLong: extendedLength === 8 && ((bytes[start + 2] as number) & 0x80) !== 0,
    maskingKey: masked ? littleEndian32(bytes, start + headerLength - 4) : null,
    headerLength,
  };
}

function bigEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + (bytes[i] as number);
  return value;
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at + 3; i >= at; i--) value = (value << 8) | (bytes[i] as number);
  return value;
}

/** The length of the header of a frame with this payload length, in the fewest bytes (RFC 6455 5.2: "the minimal number of bytes MUST be used"). */
export function headerLengthFor(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

/**
 * Encodes a frame header into `into` at `at` (RFC 6455 5.2), its length in the fewest bytes.
 *
 * @param first The first byte: fin, rsv1 to rsv3 and opcode.
 * @param length Payload length in bytes, 0 to 2^53 - 1.
 * @param maskingKey As in {@link FrameHeader}; `null` for a frame that is not masked.
 * @returns Where the payload begins.
 */
export function encodeHeader(
  into: Uint8Array,
  at: number,
  first: number,
  length: number,
  maskingKey: number | null,
): number {
  let p = at;
  into[p++] = first;
  const mask = maskingKey === null ? 0 : 0x80;
  if (length < 126) into[p++] = mask | length;
  else if (length < 65536) {
    into[p++] = mask | 126;
    into[p++] = length >>> 8;
    into[p++] = length;
  } else {
    into[p++] = mask | 127;
    let rest = length;
    for (let i = p + 7; i >= p; i--) {
      into[i] = rest;
      rest = Math.floor(rest / 256);
    }
    p += 8;
  }
  if (maskingKey === null) return p;
  into[p++] = maskingKey;
  into[p++] = maskingKey >>> 8;
  into[p++] = maskingKey >>> 16;
  into[p++] = maskingKey >>> 24;
  return p;
}

/** The header that {@link encodeHeader} makes, as bytes of its own. */
export function encodedHeader(first: number, length: number, maskingKey: number | null): Buffer {
  const bytes = Buffer.alloc(MAX_HEADER_LENGTH);
  return bytes.subarray(0, encodeHeader(bytes, 0, first, length, maskingKey));
}

/** The bytes of a header that was decoded, for a report; its length must have been minimal. */
export function headerBytes({ fin, rsv1, rsv2, rsv3, opcode, length, maskingKey }: FrameHeader): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | (rsv2 ? 0x20 : 0) | (rsv3 ? 0x10 : 0) | opcode;
  return encodedHeader(first, length, maskingKey);
}
