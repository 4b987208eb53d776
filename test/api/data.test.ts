import t from 'tap';
import { bytesOf, typeName } from '../../src/api/data.js';

t.test('the bytes of the data and no others', async (t) => {
  const buffer = new ArrayBuffer(8);
  new Uint8Array(buffer).set([1, 2, 3, 4, 5, 6, 7, 8]);
  const shared = new SharedArrayBuffer(2);
  new Uint8Array(shared).set([9, 10]);
  for (const [data, bytes] of [
    [new Uint8Array(buffer, 1, 2), [2, 3]],
    [Buffer.from('ab'), [97, 98]],
    [new Uint16Array(buffer, 2, 2), [3, 4, 5, 6]],
    [new DataView(buffer, 7), [8]],
    [buffer, [1, 2, 3, 4, 5, 6, 7, 8]],
    [shared, [9, 10]],
    [new Uint8Array(0), []],
  ] as const) {
    t.same([...(bytesOf(data) ?? ['none'])], bytes);
  }
  const view = new Uint8Array(buffer);
  t.equal(bytesOf(view), view, 'without a copy');
});

t.test('what has no memory any more is empty', async (t) => {
  const detached = new ArrayBuffer(8);
  const views = [new Uint8Array(detached, 1, 2), new Uint16Array(detached, 2, 2), new DataView(detached, 7), detached];
  structuredClone(detached, { transfer: [detached] });
  for (const data of views) {
    const bytes = bytesOf(data) as Uint8Array;
    t.equal(bytes.length, 0);
    t.doesNotThrow(() => new Uint8Array(1).set(bytes), 'and can be copied');
  }
});

t.test('other types', async (t) => {
  for (const data of ['text', 5, null, undefined, [1, 2], {}, new Blob([]), Symbol('s')]) t.equal(bytesOf(data), null);
});

t.test('the name of a type', async (t) => {
  t.same([null, undefined, 5, 'x', [], {}, new Map(), Object.create(null), () => 0].map(typeName), [
    'null',
    'undefined',
    'number',
    'string',
    'Array',
    'Object',
    'Map',
    'object',
    'function',
  ]);
});
