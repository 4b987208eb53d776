/** Mutations of certificates: of single bytes, and of elements with the lengths around them put right again. */
export type Random = () => number;

interface Node {
  tag: number;
  children: Node[] | null;
  contents: Buffer;
}

/** One to three mutations; most of them leave something that can still be read. */
export function mutate(der: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(der);
  const times = 1 + Math.floor(random() * 3);
  for (let done = 0; done < times && mutated.length > 4; done++) {
    mutated = Buffer.from(random() < 0.6 ? mutateTree(mutated, random) : mutateBytes(mutated, random));
  }
  return mutated;
}

function mutateBytes(der: Buffer, random: Random): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const at = below(der.length - 2);
  const first = der.readUInt8(at + 1);
  const long = first === 0x82 && at + 4 <= der.length ? 4 + der.readUInt16BE(at + 2) : 2 + (first & 0x7f);
  const size = Math.min(long, der.length - at);
  switch (below(7)) {
    case 0:
      der.writeUInt8(der.readUInt8(at) ^ (1 << below(8)), at);
      return der;
    case 1:
      der.writeUInt8(below(256), at);
      return der;
    case 2:
      return Buffer.concat([der.subarray(0, at), der.subarray(at + size)]);
    case 3:
      return Buffer.concat([der.subarray(0, at + size), der.subarray(at)]);
    case 4:
      der.writeUInt8((first + below(5) - 2) & 0xff, at + 1);
      return der;
    case 5:
      return der.subarray(0, below(der.length));
    default:
      return Buffer.concat([der, Buffer.from([below(256), below(256)])]);
  }
}

const TAGS = [1, 2, 3, 4, 5, 6, 12, 19, 22, 23, 24, 48, 49, 0x80, 0x81, 0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4];

function mutateTree(der: Buffer, random: Random): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const [root] = parse(der, 0, der.length) ?? [];
  if (root === undefined) return mutateBytes(der, random);
  const places = placesOf(root);
  const place = places[below(places.length)];
  if (place === undefined) return der;
  const [siblings, at] = place;
  const node = siblings[at] as Node;
  const contents = contentsOf(node);
  const replace = (bytes: Buffer): void => {
    siblings[at] = { tag: node.tag, children: null, contents: bytes };
  };
  switch (below(7)) {
    case 0:
      siblings.splice(at, 1);
      break;
    case 1:
      siblings.splice(at, 0, node);
      break;
    case 2:
      siblings[at] = { ...node, tag: TAGS[below(TAGS.length)] as number };
      break;
    case 3: {
      const copy = Buffer.from(contents);
      if (copy.length > 0) copy.writeUInt8(copy.readUInt8(0) ^ (1 << below(8)), 0);
      replace(copy);
      break;
    }
    case 4:
      replace(contents.subarray(0, below(contents.length + 1)));
      break;
    case 5:
      replace(Buffer.concat([Buffer.from([below(256)]), contents]));
      break;
    default:
      siblings[at] = siblings[below(siblings.length)] as Node;
  }
  return encode(root);
}

/** null: not a list of elements. OCTET STRINGs that hold one element are looked into, as extensions are in them. */
function parse(bytes: Buffer, from: number, to: number): Node[] | null {
  const nodes: Node[] = [];
  for (let at = from; at < to; ) {
    if (to - at < 2) return null;
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const count = first > 0x80 ? first & 0x7f : 0;
    const start = at + 2 + count;
    if (count > 4 || start > to) return null;
    const end = start + (count === 0 ? first : bytes.readUIntBE(at + 2, count));
    if (end > to) return null;
    const inner = (tag & 0x20) !== 0 || tag === 4 ? parse(bytes, start, end) : null;
    const children = inner !== null && (tag !== 4 || inner.length === 1) ? inner : null;
    nodes.push({ tag, children, contents: bytes.subarray(start, end) });
    at = end;
  }
  return nodes;
}

function placesOf(node: Node): [Node[], number][] {
  const { children } = node;
  return children === null
    ? []
    : children.flatMap((child, at) => [[children, at] as [Node[], number], ...placesOf(child)]);
}

function contentsOf(node: Node): Buffer {
  return node.children === null ? node.contents : Buffer.concat(node.children.map(encode));
}

function encode(node: Node): Buffer {
  const contents = contentsOf(node);
  const { length } = contents;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([node.tag, ...head]), contents]);
}
