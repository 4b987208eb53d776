/** A small DER writer for the tests: it writes what it is told to, right or wrong. */
export function tlv(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...items: Uint8Array[]): Buffer => tlv(0x30, ...items);
export const set = (...items: Uint8Array[]): Buffer => tlv(0x31, ...items);
export const octets = (...items: Uint8Array[]): Buffer => tlv(0x04, ...items);
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const bits = (contents: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), contents);
export const text = (tag: number, value: string): Buffer => tlv(tag, Buffer.from(value, 'utf8'));
export const nothing: Buffer = tlv(0x05);

export function integer(value: number | bigint): Buffer {
  let hex = BigInt(value).toString(16);
  if (hex.length % 2 !== 0) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) > 0x7f) hex = `00${hex}`;
  return tlv(0x02, Buffer.from(hex, 'hex'));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octetsOf = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      groups.unshift((high & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from(octetsOf));
}

/** A BIT STRING of named flags: the unused bits of the last octet are counted as DER wants it. */
export function flags(value: number): Buffer {
  let unused = 0;
  while (unused < 7 && (value >> unused) % 2 === 0) unused++;
  return value === 0 ? bits(Buffer.alloc(0)) : bits(Buffer.from([value]), unused);
}

/** 13 characters are a UTCTime, everything else a GeneralizedTime. */
export function time(value: string): Buffer {
  return text(value.length === 13 ? 0x17 : 0x18, value);
}
