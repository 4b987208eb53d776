import { isAnyArrayBuffer } from 'node:util/types';

/** What {@link Connection.send} takes: text, or bytes in any form. A view sends its own bytes only. */
export type Sendable = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

const EMPTY = new Uint8Array(0);

/** The bytes of the data and no others, none if its memory is detached; `null` if it is of another type. */
export function bytesOf(data: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(data)) {
    // What has no memory any more is empty, as Web IDL has it. Of most views their length tells, which is sooner asked for than their memory.
    if (data instanceof Uint8Array) return data.length === 0 ? EMPTY : data;
    if (data.buffer.byteLength === 0) return EMPTY;
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (isAnyArrayBuffer(data)) return data.byteLength === 0 ? EMPTY : new Uint8Array(data);
  return null;
}

/** Memory that holds these bytes and no others: a small message is received in memory that it shares with its neighbours. */
export function ownBuffer(bytes: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
}

/** The type of a value for an error text. */
export function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
