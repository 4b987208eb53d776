/** RFC 6455 5.2, no more of it than the server and the raw clients need: they never read what a frame says. */

export const OPCODE = { text: 1, binary: 2, close: 8 } as const;

/** Bytes of a masked frame with a payload of `size` bytes. */
export function maskedLength(size: number): number {
  return size + 4 + (size < 126 ? 2 : size < 65536 ? 4 : 10);
}

/** One unmasked frame with fin set; `rsv1` marks a compressed message (RFC 7692 6). */
export function frame(payload: Buffer, opcode: number, rsv1 = false): Buffer {
  return Buffer.concat([header(payload.length, opcode, rsv1), payload]);
}

/** One masked frame with fin set. The masking key is zero, so the payload stands in it as it is. */
export function maskedFrame(payload: Buffer, opcode: number): Buffer {
  const head = header(payload.length, opcode, false);
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

function header(length: number, opcode: number, rsv1: boolean): Buffer {
  const first = 0x80 | (rsv1 ? 0x40 : 0) | opcode;
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeUInt32BE(length, 6);
  return head;
}
