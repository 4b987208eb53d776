import t from 'tap';
import { CompressedMessages } from '../../src/frames/compressed-messages.js';
import { Flow } from '../../src/frames/flow.js';
import { decodeHeader, type FrameHeader } from '../../src/frames/header.js';
import { Inflater } from '../../src/frames/inflate.js';
import { BINARY, type MessageOpcode, TEXT } from '../../src/frames/opcode.js';
import { Outlet } from '../../src/frames/outlet.js';
import { rulesOf } from '../../src/frames/reader-options.js';
import { hex, Recorder } from './support.js';

/** "Hello" (RFC 7692 7.2.3.1). */
const HELLO = hex('f248cdc9c90700');
/** One byte that is no UTF-8, in a stored block. */
const BAD_TEXT = hex('00 0100 feff ff 00');

const setUp = ({ maxMessageBytes = 100, syncBytes = 100 } = {}) => {
  const sink = new Recorder();
  const holds: boolean[] = [];
  const backs: boolean[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const flow = new Flow((held) => {
    holds.push(held);
    if (!held) release();
  });
  const outlet = new Outlet(sink, flow);
  const inflater = new Inflater({ syncBytes, streams: null });
  const messages: CompressedMessages = new CompressedMessages(inflater, outlet, rulesOf({ maxMessageBytes }), () => {
    backs.push(flow.held);
    messages.deliver();
  });
  /** Reads a message from the middle of a chunk that is overwritten at once, unless it is the reader's own. */
  const read = (opcode: MessageOpcode, payload: Buffer, own = false) => {
    const header = decodeHeader(Buffer.from([0xc0 | opcode, payload.length])) as FrameHeader;
    const chunk = Buffer.concat([hex('eeee'), payload, hex('ee')]);
    outlet.position = 2 + payload.length;
    messages.read(opcode, header, chunk, 2, 2 + payload.length, own);
    if (!own) chunk.fill(0xee);
  };
  return { sink, calls: sink.calls, flow, holds, backs, messages, released, read };
};

t.test('a short message is delivered at once, in memory of its own', async (t) => {
  const { calls, read, holds } = setUp();
  read(TEXT, HELLO);
  read(BINARY, HELLO);
  read(BINARY, hex('f200 11 0000')); // RFC 7692 7.2.3.2: it refers to the ones before
  t.same(calls, [
    ['text', 'Hello'],
    ['binary', Buffer.from('Hello')],
    ['binary', Buffer.from('Hello')],
  ]);
  t.same(holds, []);
});

t.test('a long one comes off the loop: the flow is held until it is back', async (t) => {
  for (const own of [false, true]) {
    for (const opcode of [TEXT, BINARY] as const) {
      const { calls, flow, holds, backs, released, read } = setUp({ syncBytes: 1 });
      read(opcode, HELLO, own);
      t.equal(flow.held, true);
      t.same(calls, []);
      await released;
      t.same(calls, opcode === TEXT ? [['text', 'Hello']] : [['binary', Buffer.from('Hello')]]);
      t.same(backs, [false]);
      t.same(holds, [true, false]);
    }
  }
});

t.test('one that is back in a pause waits until it is asked for, and comes once', async (t) => {
  const { calls, flow, backs, messages, released, read } = setUp({ syncBytes: 1 });
  read(TEXT, HELLO);
  flow.pause();
  await released;
  t.same(calls, []);
  t.same(backs, []);
  flow.resume();
  messages.deliver();
  messages.deliver();
  t.same(calls, [['text', 'Hello']]);
});

t.test('what is wrong fails at the end of the frame', async (t) => {
  for (const [payload, options, facts] of [
    [hex('ffff'), {}, { code: 'WS_PROTOCOL_DEFLATE', closeCode: 1007, offset: 4, header: 'c102' }],
    [HELLO, { maxMessageBytes: 4 }, { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', closeCode: 1009 }],
    [BAD_TEXT, {}, { code: 'WS_PROTOCOL_UTF8', closeCode: 1007, offset: 9, header: 'c107' }],
  ] as const) {
    for (const syncBytes of [100, 1]) {
      const { calls, flow, released, read } = setUp({ ...options, syncBytes });
      read(TEXT, payload);
      if (syncBytes === 1) await released;
      t.match(calls, [['failed', facts]]);
      t.equal(flow.done, true);
    }
  }
});

t.test('nothing comes back after the end', async (t) => {
  const { calls, messages, read } = setUp({ syncBytes: 1 });
  read(TEXT, HELLO);
  messages.close();
  // Off the loop like the first, and behind it.
  const other = setUp({ syncBytes: 1 });
  other.read(TEXT, HELLO);
  await other.released;
  messages.deliver();
  t.same(calls, []);
});
