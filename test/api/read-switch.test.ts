import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { ReadSwitch } from '../../src/api/read-switch.js';
import { pem } from '../certs.js';
import { binary, listen, settle, text } from './peer.js';

const SHARED = Buffer.alloc(100, 's');
const data = (count: number): Buffer => Buffer.from('0123456789abcdef'.repeat(4).slice(0, count));

t.test('from the shared buffer to a part of a message', async (t) => {
  for (const count of [1, 2, 7, 8, 9, 50]) {
    const part = Buffer.alloc(60);
    const reads = new ReadSwitch();
    reads.leaveShared(SHARED, part, 3);
    data(count).copy(part);
    t.equal(reads.find(part, count, 3), part, `${count} bytes, as told`);
    t.same(part.subarray(0, count), data(count));

    reads.leaveShared(SHARED, part, 3);
    data(count).copy(SHARED);
    t.equal(reads.find(part, count, 3), SHARED, `${count} bytes, to the memory before`);
  }
});

t.test('few bytes that happen to be the mark', async (t) => {
  const part = Buffer.alloc(60, 'p');
  const reads = new ReadSwitch();
  reads.leaveShared(SHARED, part, 3);
  // As if the socket had written what stands there already.
  t.equal(reads.find(part, 1, 3), part, 'nobody has touched the shared buffer');
  reads.leaveShared(SHARED, part, 3);
  data(20).copy(SHARED);
  t.equal(reads.find(part, 1, 4), part, 'somebody else has read into it');
  reads.leavePart(part, 20, SHARED);
  t.equal(reads.find(SHARED, 1, 4), SHARED, 'nobody has touched the part');
});

t.test('from a part of a message to the next one, or to the shared buffer', async (t) => {
  for (const used of [1, 5, 8, 30]) {
    for (const count of [1, 7, 8, 20]) {
      const memory = Buffer.alloc(60, 'm');
      for (const told of [SHARED, memory.subarray(used)]) {
        const reads = new ReadSwitch();
        data(used).copy(memory);
        reads.leavePart(memory, used, told);
        t.same(memory.subarray(0, used), data(used), 'the message is not marked');
        data(count).copy(told);
        t.equal(reads.find(told, count, 3), told, `${count} bytes, as told`);
        t.same(told.subarray(0, count), data(count));

        reads.leavePart(memory, used, told);
        memory.fill('x', 0, Math.min(used, count));
        t.equal(reads.find(told, count, 3), null, `${count} bytes, to the memory before, which is lost`);
      }
    }
  }
});

t.test('no change', async (t) => {
  const reads = new ReadSwitch();
  t.equal(reads.find(SHARED, 10, 3), SHARED);
});

/** Exceptions of the user's that come at the worst time: behind the callback of a read. */
const THROWING: Readonly<Record<string, () => void>> = {
  'in the listener': () => {
    throw new Error("the user's");
  },
  'in the next tick': () => {
    process.nextTick(() => {
      throw new Error("the user's");
    });
  },
  'in two ticks': () => {
    for (let i = 0; i < 2; i++) {
      process.nextTick(() => {
        throw new Error("the user's");
      });
    }
  },
};

for (const [how, misbehave] of Object.entries(THROWING)) {
  for (const secure of [false, true]) {
    t.test(`large messages and uncaught exceptions ${how}, ${secure ? 'TLS' : 'TCP'}`, async (t) => {
      let caught = 0;
      process.setUncaughtExceptionCaptureCallback(() => caught++);
      t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
      const peer = await listen(t, secure ? { tls: true } : {});
      const ws = await connect(peer.url, secure ? { tls: { ca: pem('ca.pem') } } : {});
      const wire = await peer.wire();
      const got: (string | Buffer)[] = [];
      ws.on('message', (message) => {
        got.push(message);
        misbehave();
      });
      const large = [1, 2, 3].map((n) => Buffer.alloc(300_000, n));
      const stream = Buffer.concat(large.flatMap((each) => [text('before'), binary(each), text('after')]));
      for (let at = 0; at < stream.length; at += 90_000) {
        wire.send(stream.subarray(at, at + 90_000));
        await settle(3);
      }
      while (got.length < 9) await settle(1);
      const wanted = large.flatMap((each) => ['before', each, 'after']);
      t.ok(
        got.every((each, i) => (typeof each === 'string' ? each === wanted[i] : each.equals(wanted[i] as Buffer))),
        'each message is what was sent, also long after it was delivered',
      );
      t.ok(caught >= 9);
      ws.terminate();
    });
  }
}
