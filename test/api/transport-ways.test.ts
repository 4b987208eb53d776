import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { pem } from '../certs.js';
import { Random, randomFor } from '../frames/support.js';
import { binary, close, frame, listen, ping, settle, text, type Wire } from './peer.js';

// One conversation over every kind of socket: ours, which read into memory of ours, and those of the user, which have 'data' events;
// plain and by TLS; with a listener, or with a loop that lets the queue fill. All must come to the same.

/** A stream that is no socket, so what it is given to write is copied. */
class Wrapped extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    // Not by 'close': what has not been read would be lost.
    socket.on('error', (error) => this.destroy(error));
  }
  override _read(): void {
    this.#socket.resume();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#socket.write(chunk, done);
  }
  override _final(done: () => void): void {
    this.#socket.end(done);
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

const TLS = { tls: { ca: pem('ca.pem') } };
const SOCKETS: Readonly<Record<string, ConnectOptions>> = {
  'TCP, ours': {},
  "TCP, the user's": { createConnection: connectTcp },
  'TCP, a stream': { createConnection: (target) => new Wrapped(connectTcp(target)) },
  'TLS, ours': TLS,
  "TLS over the user's": { ...TLS, createConnection: connectTcp },
};

/** What the user does in the call for a message: sends so many, throws, or ends the connection. */
type Reaction = number | 'throw' | 'close' | 'terminate';

interface Script {
  readonly bytes: Buffer;
  readonly reactions: readonly Reaction[];
  /** Whether the peer ends its side without more ado. */
  readonly ends: boolean;
  /** Whether a loop takes the messages. */
  readonly loops: boolean;
}

/** What came of it. */
interface Outcome {
  readonly messages: string[];
  readonly sent: string[];
  readonly report: unknown;
  readonly caught: number;
}

function scriptOf(random: Random): Script {
  const parts: Buffer[] = [];
  const reactions: Reaction[] = [];
  const loops = random.below(3) === 0;
  for (let bursts = 1 + random.below(5); bursts > 0; bursts--) {
    for (let n = random.pick([1, 5, 40]); n > 0; n--) {
      const size = random.below(random.pick([20, 20, 200, 3000]));
      parts.push(
        random.below(2) === 0 ? text('\u00e4'.repeat(random.below(2)) + 'x'.repeat(size)) : binary(random.bytes(size)),
      );
      reactions.push(random.pick<Reaction>([0, 0, 0, 1, 3, loops ? 0 : 'throw']));
      if (random.below(6) === 0) parts.push(ping(`${n}`));
    }
    if (random.below(2) === 0) {
      parts.push(frame(0x82, Buffer.alloc(random.pick([70_000, 200_000, 400_000]), random.below(256))));
      reactions.push(random.pick<Reaction>([0, 1]));
    }
  }
  if (!loops && random.below(3) === 0) {
    reactions[random.below(reactions.length)] = random.pick<Reaction>(['close', 'terminate']);
  }
  const last = random.pick([
    close(1000, 'end'),
    close(1000, 'end'),
    frame(0x83),
    frame(0x81, Buffer.from([0xff])),
    Buffer.alloc(0),
  ]);
  return { bytes: Buffer.concat([...parts, last]), reactions, ends: last.length === 0, loops };
}

/** Sends the stream in pieces, some of them in the same tick, and ends as a server does: when the close frame has come. */
async function play(wire: Wire, { bytes, ends }: Script, random: Random): Promise<void> {
  const most = random.pick([500, 20_000, 1_000_000]);
  for (let at = 0; at < bytes.length && !wire.closed; ) {
    const end = at + 1 + random.below(most);
    wire.send(bytes.subarray(at, end));
    at = end;
    if (random.below(2) === 0) await settle(1);
  }
  if (!ends) await wire.until(({ closed, ended, frames }) => closed || ended || frames.at(-1)?.first === 0x88);
  wire.socket.end();
}

/** What the user does. The answers are as large as what they answer, so large ones leave in several writes. */
function react(ws: Connection, message: string | Buffer, reaction: Reaction): void {
  if (reaction === 'throw') throw new Error('of the listener');
  else if (reaction === 'close') void ws.close(4000, 'enough');
  else if (reaction === 'terminate') ws.terminate();
  else for (let i = 0; i < reaction; i++) ws.send(message);
}

const show = (message: string | Buffer): string =>
  typeof message === 'string' ? `text ${message}` : `binary ${message.toString('latin1')}`;

async function converse(t: Test, options: ConnectOptions, script: Script, random: Random): Promise<Outcome> {
  const peer = await listen(t, options.tls === undefined ? {} : { tls: true });
  let caught = 0;
  process.setUncaughtExceptionCaptureCallback((error) => {
    caught++;
    t.equal(error.message, 'of the listener');
  });
  const ws = await connect(peer.url, options);
  const messages: string[] = [];
  const take = (message: string | Buffer): void => {
    messages.push(show(message));
    react(ws, message, script.reactions[messages.length - 1] as Reaction);
  };
  const wire = await peer.wire();
  if (!script.loops) ws.on('message', take);
  const playing = play(wire, script, random);
  if (script.loops) {
    for (let message = await ws.receive(); message !== undefined; message = await ws.receive()) {
      if (random.below(4) === 0) await settle(1);
      take(message);
    }
  }
  const { code, by, received, error } = await ws.closed;
  await playing;
  await wire.gone();
  process.setUncaughtExceptionCaptureCallback(null);
  const sent = wire.frames.filter(({ first }) => first < 0x83).map(({ payload }) => payload.toString('latin1'));
  await peer.end();
  const facts = { code: error?.code, offset: error !== undefined && 'offset' in error ? error.offset : undefined };
  return { messages, sent, report: { code, by, received, error: facts }, caught };
}

/** Says where two lists differ first, without printing megabytes. */
function differs(what: string, found: readonly string[], wanted: readonly string[]): string | null {
  const at = found.findIndex((each, i) => each !== wanted[i]);
  if (at < 0 && found.length === wanted.length) return null;
  return `${what} ${at} of ${found.length}: ${found[at]?.slice(0, 60)} instead of ${wanted[at]?.slice(0, 60)} of ${wanted.length}`;
}

t.test('a conversation is the same over every kind of socket', async (t) => {
  const random = randomFor(t);
  for (let i = 0; i < 12; i++) {
    const script = scriptOf(random);
    let wanted: Outcome | null = null;
    for (const [name, options] of Object.entries(SOCKETS)) {
      // Where a loop lets the queue fill, such a stream drops what was not read when its socket is reset.
      if (script.loops && name === 'TCP, a stream') continue;
      const found = await converse(t, options, script, new Random(random.below(2 ** 32)));
      wanted ??= found;
      const how = `${i}, ${name}, ${script.loops ? 'loop' : 'listener'}`;
      t.equal(differs('message', found.messages, wanted.messages), null, how);
      t.strictSame(found.report, wanted.report, how);
      t.equal(found.caught, wanted.caught, how);
      // Who terminates, or learns that the peer has ended, does not wait until what was sent has left; and a loop may be late.
      if (!script.loops && !script.ends && !script.reactions.includes('terminate')) {
        t.equal(differs('answer', found.sent, wanted.sent), null, how);
      }
    }
    const told = wanted?.messages.length ?? 0;
    const isWhole = !script.reactions.some((each) => each === 'close' || each === 'terminate');
    if (isWhole) t.equal(told, script.reactions.length, 'nothing is lost');
  }
});
