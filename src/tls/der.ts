/** Thrown by the reader when bytes are not DER, or not the element that the certificate's grammar asks for. */
export class DerError extends Error {
  readonly code = 'WS_TLS_DER';
  /** Where in the certificate, in bytes from its start. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset} of the certificate`);
    this.name = 'DerError';
    this.offset = offset;
  }
}

/** One TLV of X.690: the header begins at `start`, the contents are `from` (inclusive) to `to` (exclusive). */
export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/** The identifier octets that certificates use, class and constructed bit included. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/**
 * Walks over the elements of one constructed value. It is strict where DER (X.690, 10 and 11) is: definite and shortest
 * lengths, an element ends inside its parent, and `end` leaves nothing over. It never recurses, so nesting costs nothing.
 */
export class DerReader {
  readonly bytes: Buffer;
  readonly #to: number;
  #at: number;

  constructor(bytes: Buffer, from: number = 0, to: number = bytes.length) {
    this.bytes = bytes;
    this.#at = from;
    this.#to = to;
  }

  get more(): boolean {
    return this.#at < this.#to;
  }

  /** The tag of the next element, or -1 at the end. */
  get tag(): number {
    return this.more ? (this.bytes[this.#at] as number) : -1;
  }

  /** The next element, whatever it is. */
  next(): Element {
    const start = this.#at;
    if (this.#to - start < 2) throw new DerError('an element begins but has no length', start);
    const tag = this.bytes[start] as number;
    // No field of a certificate has a tag number above 30, so the long form (X.690, 8.1.2.4) is never right.
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag number above 30', start);
    const first = this.bytes[start + 1] as number;
    const count = first < 0x80 ? 0 : first & 0x7f;
    const from = start + 2 + count;
    if (first === 0x80) throw new DerError('an indefinite length, which DER forbids (X.690, 10.1)', start);
    // Four octets of length are far more than a certificate of TLS can have (2^24 - 1 bytes).
    if (count > 4 || from > this.#to) throw new DerError('a length that does not fit', start);
    const length = count === 0 ? first : this.bytes.readUIntBE(start + 2, count);
    if (count > 0 && (length < 0x80 || this.bytes[start + 2] === 0)) {
      throw new DerError('a length that is not in its shortest form (X.690, 10.1)', start);
    }
    if (length > this.#to - from) throw new DerError('an element that is longer than what holds it', start);
    this.#at = from + length;
    return { tag, start, from, to: this.#at };
  }

  /** The next element, which must have this tag. */
  read(tag: number): Element {
    if (this.tag !== tag) {
      const found = this.more ? `tag 0x${this.tag.toString(16)}` : 'nothing';
      throw new DerError(`tag 0x${tag.toString(16)} was expected, ${found} found`, this.#at);
    }
    return this.next();
  }

  /** The next element if it has this tag, else null. */
  optional(tag: number): Element | null {
    return this.tag === tag ? this.next() : null;
  }

  /** A reader over the elements inside of the next element, which must have this tag. */
  enter(tag: number): DerReader {
    return this.inside(this.read(tag));
  }

  /** A reader over the elements inside of an element that was read before. */
  inside(element: Element): DerReader {
    return new DerReader(this.bytes, element.from, element.to);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.more) throw new DerError('something follows the last element', this.#at);
  }

  contents(element: Element): Buffer {
    return this.bytes.subarray(element.from, element.to);
  }

  /** An element with its header. */
  whole(element: Element): Buffer {
    return this.bytes.subarray(element.start, element.to);
  }

  /** X.690, 11.1: true is 0xff and nothing else. */
  boolean(element: Element): boolean {
    const value = this.bytes[element.from];
    if (element.to - element.from !== 1 || (value !== 0 && value !== 0xff)) {
      throw new DerError('a BOOLEAN that is neither 00 nor FF', element.start);
    }
    return value === 0xff;
  }

  /** The contents of an INTEGER as hexadecimal text; the shortest form (X.690, 8.3.2), so equal numbers have equal text. */
  integer(element: Element): string {
    const contents = this.contents(element);
    const [first, second] = contents;
    if (first === undefined) throw new DerError('an INTEGER without contents', element.start);
    const padded = second !== undefined && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80);
    if (padded) throw new DerError('an INTEGER that is not in its shortest form', element.start);
    return contents.toString('hex');
  }

  /** A BIT STRING's octets; the bits that are not used are zero (X.690, 11.2.1). */
  bitString(element: Element): Buffer {
    const unused = this.bytes[element.from] ?? 8;
    const bits = this.bytes.subarray(element.from + 1, element.to);
    if (element.to === element.from || unused > 7 || (bits.length === 0 && unused > 0)) {
      throw new DerError('a BIT STRING with a wrong count of unused bits', element.start);
    }
    if (((bits.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0) {
      throw new DerError('a BIT STRING whose unused bits are not zero', element.start);
    }
    return bits;
  }

  /** An OBJECT IDENTIFIER in dotted form (X.690, 8.19). */
  objectIdentifier(element: Element): string {
    const contents = this.contents(element);
    if (contents.length === 0 || contents.length > 64 || (contents.at(-1) as number) >= 0x80) {
      throw new DerError('an OBJECT IDENTIFIER that has no end', element.start);
    }
    const arcs: bigint[] = [];
    let arc = 0n;
    let begins = true;
    for (const octet of contents) {
      if (begins && octet === 0x80) throw new DerError('an OBJECT IDENTIFIER with a padded arc', element.start);
      arc = (arc << 7n) | BigInt(octet & 0x7f);
      begins = octet < 0x80;
      if (begins) {
        arcs.push(arc);
        arc = 0n;
      }
    }
    const joint = arcs[0] as bigint;
    const root = joint < 80n ? joint / 40n : 2n;
    return [root, joint - root * 40n, ...arcs.slice(1)].join('.');
  }
}
