import { DerError, type DerReader, type Element, Tag } from './der.js';

// RFC 5280, 7.1 as OpenSSL does it: these string types are compared as folded text, every other type as its bytes.
const DECODERS: ReadonlyMap<number, (bytes: Buffer) => string> = new Map([
  [Tag.utf8String, utf8],
  [Tag.printableString, latin1],
  [Tag.teletexString, latin1],
  [Tag.ia5String, latin1],
  [Tag.visibleString, latin1],
  [Tag.bmpString, bmp],
  [Tag.universalString, universal],
]);

/** Reads a Name (RFC 5280, 4.1.2.4) and gives a text that is the same for two names exactly when OpenSSL takes them as equal. */
export function readName(reader: DerReader): string {
  const rdns = reader.enter(Tag.sequence);
  let canonical = '';
  while (rdns.more) canonical += `/${readRelativeName(rdns.enter(Tag.set))}`;
  return canonical;
}

function readRelativeName(set: DerReader): string {
  const attributes: string[] = [];
  if (!set.more) throw new DerError('a relative name without attributes', 0);
  while (set.more) {
    const attribute = set.enter(Tag.sequence);
    const type = attribute.objectIdentifier(attribute.read(Tag.objectIdentifier));
    const value = attribute.next();
    attribute.end();
    attributes.push(`${type}=${canonicalValue(attribute, value)}`);
  }
  // A SET has no order.
  return attributes.sort().join('+');
}

/** Every value ends as hexadecimal text, so no character of a name can look like a separator of ours. */
function canonicalValue(reader: DerReader, value: Element): string {
  const decode = DECODERS.get(value.tag);
  if (decode === undefined) return `#${reader.whole(value).toString('hex')}`;
  const text = decode(reader.contents(value));
  // White space and case fold in ASCII only.
  const folded = text
    .replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  return Buffer.from(folded, 'utf8').toString('hex');
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function utf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function bmp(bytes: Buffer): string {
  let text = '';
  if (bytes.length % 2 !== 0) throw new DerError('a BMPString of an odd length', 0);
  for (let at = 0; at < bytes.length; at += 2) text += character(bytes.readUInt16BE(at));
  return text;
}

function universal(bytes: Buffer): string {
  let text = '';
  if (bytes.length % 4 !== 0) throw new DerError('a UniversalString whose length is not a multiple of four', 0);
  for (let at = 0; at < bytes.length; at += 4) text += character(bytes.readUInt32BE(at));
  return text;
}

/** Half a surrogate pair would become U+FFFD in UTF-8, and two different names would be equal. */
function character(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new DerError('a character that does not exist', 0);
  return String.fromCodePoint(code);
}
