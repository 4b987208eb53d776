import t from 'tap';
import { Flow } from '../../src/frames/flow.js';
import { Outlet } from '../../src/frames/outlet.js';
import { BAD_TEXT, badDeflate } from '../../src/frames/rules.js';
import { hex, Recorder } from './support.js';

const setUp = () => {
  const sink = new Recorder();
  const outlet = new Outlet(sink, new Flow());
  return { sink, outlet, calls: sink.calls };
};

t.test('a text, and whether it was ASCII', async (t) => {
  const { outlet, calls } = setUp();
  const chunk = Buffer.from('..a\u00e4b..abc..');
  outlet.text(chunk, 2, 6);
  t.equal(outlet.ascii, false);
  outlet.text(chunk, 8, 11);
  t.equal(outlet.ascii, true);
  t.same(calls, [
    ['text', 'a\u00e4b'],
    ['text', 'abc'],
  ]);
  t.equal(outlet.flow.done, false);
});

t.test('a text that is no UTF-8 is reported with its first bad byte, and the header it came with', async (t) => {
  for (const [digits, offset] of [
    ['61ff62', 101],
    ['6162c3', 103], // the character that is missing
  ] as const) {
    const { outlet, sink } = setUp();
    outlet.enter(0);
    outlet.position = 103;
    outlet.text(hex(digits), 0, 3);
    t.match(sink.calls, [
      ['failed', { code: 'WS_PROTOCOL_UTF8', closeCode: 1007, by: 'peer', offset, header: '8103' }],
    ]);
    t.equal(outlet.flow.done, true);
  }
});

t.test('offsets are those of the stream, whatever chunks it comes in', async (t) => {
  const { outlet, calls } = setUp();
  outlet.enter(7); // bytes 0 to 9 of the stream are at 7 to 16
  outlet.position = 17;
  outlet.fail(BAD_TEXT, 4, hex('8105'));
  outlet.enter(3); // byte 10 is at 3
  outlet.fail(BAD_TEXT, 0, hex('8105'));
  outlet.position = 5;
  outlet.enter(0);
  outlet.enter(9);
  outlet.fail(BAD_TEXT, 0, hex('8105'));
  t.match(calls, [
    ['failed', { offset: 6 }],
    ['failed', { offset: 10 }],
    ['failed', { offset: 12 }],
  ]);
});

t.test('a failure ends the flow before the sink is called, and has the facts of its rule', async (t) => {
  const { outlet, sink } = setUp();
  const cause = new Error('zlib');
  let done = false;
  sink.failed = (error) => {
    done = outlet.flow.done;
    t.match(error, {
      name: 'ProtocolError',
      code: 'WS_PROTOCOL_DEFLATE',
      section: 'RFC 7692 7.2.2',
      by: 'peer',
      cause,
    });
  };
  outlet.fail(badDeflate('why', cause), 0, hex('c101'));
  t.equal(done, true);
});
