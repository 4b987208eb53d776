import { createInflateRaw, type InflateRaw } from 'node:zlib';
import t from 'tap';
import { DeflateContext, type WithDictionary } from '../../src/frames/deflate-context.js';
import { KeptStreams, REFUSALS } from '../../src/frames/kept-streams.js';

function contextOf(takeover: boolean, streams: KeptStreams | null) {
  const made: (string | undefined)[] = [];
  const states: InflateRaw[] = [];
  const make = (dictionary: WithDictionary) => {
    made.push(dictionary.dictionary?.toString());
    const state = createInflateRaw(dictionary);
    states.push(state);
    return state;
  };
  return { made, states, context: new DeflateContext(takeover, 8, streams, 'key', make) };
}

t.test('with context takeover: a state of its own, made from the window', async (t) => {
  const streams = new KeptStreams(2);
  const { context, made, states } = contextOf(true, streams);
  t.strictSame(context.dictionary(), {});
  const first = context.stream();
  t.not(first, null);
  context.appendMessage(Buffer.from('12345678-more'), 8);
  t.equal(context.stream(), first, 'kept');
  context.append(Buffer.from('ab'), 2);
  context.endMessage();
  t.equal(streams.size, 1);
  context.skip();
  t.equal(streams.size, 0);
  t.not(context.stream(), first);
  t.strictSame(made, [undefined, '345678ab']);
  context.close();
  t.equal(streams.size, 0);
  t.strictSame(context.dictionary(), {});
  t.strictSame(
    states.map(({ destroyed }) => destroyed),
    [true, true],
    "zlib's memory is freed",
  );
});

t.test('without: a shared one, and no window from one message to the next', async (t) => {
  const streams = new KeptStreams(2);
  const { context, made } = contextOf(false, streams);
  const first = context.stream();
  context.append(Buffer.from('part'), 4);
  t.strictSame(context.dictionary(), { dictionary: Buffer.from('part') }, 'within a message there is one');
  context.endMessage();
  t.strictSame(context.dictionary(), {});
  context.appendMessage(Buffer.from('whole'), 5);
  t.strictSame(context.dictionary(), {});
  context.skip();
  context.close();
  t.equal(context.stream(), first);
  t.equal(streams.size, 0);
  context.drop();
  t.not(context.stream(), first, 'a broken one is made anew');
  t.strictSame(made, [undefined, undefined]);
  context.drop();
});

t.test('no state if none can be kept, or others have them all', async (t) => {
  const { context } = contextOf(true, null);
  t.equal(context.stream(), null);
  context.drop();
  const shared = contextOf(false, null).context;
  t.equal(shared.stream(), null);
  shared.drop();
  const streams = new KeptStreams(1);
  const [busy, late] = [contextOf(true, streams).context, contextOf(true, streams).context];
  busy.stream();
  t.equal(late.stream(), null);
  for (let i = 2; i < REFUSALS; i++) late.stream();
  t.not(late.stream(), null, 'at last');
  late.close();
  busy.close();
});
