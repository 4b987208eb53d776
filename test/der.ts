// Certificates taken apart and put together, as far as tests need it: tags of one octet, lengths of up to two.

/** The TLVs that stand one behind the other. */
export function parts(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der.readUInt8(at + 1);
    const header = first < 0x80 ? 2 : 2 + (first & 0x7f);
    const end = at + header + (first < 0x80 ? first : der.readUIntBE(at + 2, first & 0x7f));
    found.push(der.subarray(at, end));
    at = end;
  }
  return found;
}

/** What is inside a TLV. */
export const content = (tlv: Buffer): Buffer => {
  const first = tlv.readUInt8(1);
  return tlv.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
};

/** A constructed TLV of others. */
export const constructed = (tag: number, ...tlvs: Buffer[]): Buffer => {
  const body = Buffer.concat(tlvs);
  return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
};

export const sequence = (...tlvs: Buffer[]): Buffer => constructed(0x30, ...tlvs);
