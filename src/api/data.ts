/** What {@link Connection.send} takes: text, or bytes in any form. A view sends its own bytes only. */
export type Sendable = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** The bytes of the data and no others; `null` if it is of another type. */
export function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  return null;
}

/** The type of a value for an error text. */
export function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
