import { PassThrough } from 'node:stream';
import t from 'tap';
import { Attempt } from '../../src/api/attempt.js';
import { Exchange } from '../../src/api/exchange.js';
import { Transport } from '../../src/api/transport.js';
import { parseUrl, type Response, ResponseParser } from '../../src/handshake/index.js';

/** Gives the status and what came behind the response. */
class Asking extends Exchange<string> {
  protected override finish({ status, body }: Response, chunk: Buffer, from: number, end: number): string {
    if (status === 500) throw new Error('finish does not like it');
    return `${status} ${body} ${chunk.toString('latin1', from, end)}`;
  }
}

function asked(): { transport: Transport; written: () => unknown; answer: Promise<string> } {
  const attempt = new Attempt(parseUrl('ws://localhost/'), { timeoutMs: 1, signal: undefined });
  attempt.phase = 'handshake';
  const transport = new Transport({ target: null, read() {}, filled() {}, ended() {}, closed() {} });
  const writes: string[] = [];
  transport.attach(new PassThrough(), false);
  transport.writeRaw = (bytes) => void writes.push(String(bytes));
  return {
    transport,
    written: () => writes,
    answer: new Asking(attempt, 'request', new ResponseParser()).run(transport),
  };
}

const feed = (transport: Transport, text: string): void => {
  const bytes = Buffer.from(`#${text}#`, 'latin1');
  transport.receiver.read(bytes, 1, bytes.length - 1);
};

t.test('the request is written once, and the response comes in pieces', async (t) => {
  const { transport, written, answer } = asked();
  t.same(written(), ['request']);
  feed(transport, 'HTTP/1.1 101 Switching');
  feed(transport, ' Protocols\r\n\r\nframes');
  t.equal(await answer, '101  frames');
});

t.test('a refusal that ends with the stream, and one that a reset cuts off', async (t) => {
  for (const end of ['ended', 'closed'] as const) {
    const { transport, answer } = asked();
    feed(transport, 'HTTP/1.1 403 x\r\n\r\nnot for you');
    transport.receiver[end](new Error('reset'));
    t.equal(await answer, '403 not for you ');
  }
});

t.test('an end without an answer, and one in the middle of it', async (t) => {
  const silent = asked();
  silent.transport.receiver.ended();
  await t.rejects(silent.answer, { code: 'WS_CONNECT_LOST' });
  const cut = asked();
  feed(cut.transport, 'HTTP/1.1 1');
  cut.transport.receiver.ended();
  await t.rejects(cut.answer, { code: 'WS_HANDSHAKE_TRUNCATED' });
  const reset = asked();
  feed(reset.transport, 'HTTP/1.1 1');
  reset.transport.receiver.closed(new Error('reset'));
  await t.rejects(reset.answer, { code: 'WS_CONNECT_LOST', message: /reset/ });
});

t.test('what is no response, or is not liked, fails it', async (t) => {
  const none = asked();
  feed(none.transport, 'SSH-2.0\r\n');
  await t.rejects(none.answer, { code: 'WS_HANDSHAKE_MALFORMED' });
  const unliked = asked();
  feed(unliked.transport, 'HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n');
  await t.rejects(unliked.answer, { message: 'finish does not like it' });
});
