import t from 'tap';
import type { ConnectionError } from '../../src/api/errors.js';
import { Life, type LifeSettings, type Living } from '../../src/api/life.js';
import { connect, ProtocolError } from '../../src/index.js';
import { closeFrame, frame, startPeer, type Wire } from './raw-peer.js';

/** A clock that stands until it is told to go on. */
class TestClock {
  time = 1000;
  timers: { at: number; action: () => void }[] = [];
  soonQueue: (() => void)[] = [];
  /** Most timers that were there at once. */
  most = 0;

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    this.most = Math.max(this.most, this.timers.length);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  soon(action: () => void): void {
    this.soonQueue.push(action);
  }

  /** Lets time pass: timers come in their order, and what comes soon right after each. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.toSorted((one, other) => one.at - other.at);
      if (next === undefined || next.at > end) break;
      this.time = next.at;
      this.timers = this.timers.filter((each) => each !== next);
      next.action();
      for (const action of this.soonQueue.splice(0)) action();
    }
    this.time = end;
  }
}

class TestLiving implements Living {
  receivedBytes = 0;
  activity = '';
  bufferedBytes = 0;
  paused = false;
  pings: Buffer[] = [];
  error: ConnectionError | undefined;
  reason: string | undefined;
  life: Life | undefined;

  sendPing(payload: Buffer): void {
    this.pings.push(payload);
  }

  died(error: ConnectionError): void {
    this.error = error;
    this.life?.end();
  }

  idle(reason: string): void {
    this.reason = reason;
    this.life?.end();
  }
}

function start(settings: LifeSettings): { clock: TestClock; living: TestLiving; life: Life } {
  const clock = new TestClock();
  const living = new TestLiving();
  const life = new Life(living, settings, clock);
  living.life = life;
  return { clock, living, life };
}

t.test('pings at the interval and measures the latency', async (t) => {
  const { clock, living, life } = start({ keepAlive: { intervalMs: 1000, timeoutMs: 300 } });
  t.equal(life.latencyMs, undefined);
  clock.pass(999);
  t.equal(living.pings.length, 0);
  clock.pass(1);
  t.equal(living.pings.length, 1);
  clock.pass(40);
  life.pong(Buffer.from('something else'));
  t.equal(life.latencyMs, undefined, 'a pong to another ping tells nothing');
  life.pong(living.pings[0] as Buffer);
  t.equal(life.latencyMs, 40);
  life.pong(living.pings[0] as Buffer);
  t.equal(life.latencyMs, 40, 'a second pong is none of ours');
  clock.pass(959);
  t.equal(living.pings.length, 1);
  clock.pass(1);
  t.equal(living.pings.length, 2, 'the interval is between two pings');
  t.not(living.pings[1]?.toString(), living.pings[0]?.toString());
  t.equal(clock.most, 1, 'one timer');
  life.end();
  t.equal(clock.timers.length, 0, 'the timer is gone');
});

t.test('a peer of which nothing comes is dead after the timeout', async (t) => {
  const { clock, living } = start({ keepAlive: { intervalMs: 1000, timeoutMs: 300 } });
  clock.pass(1299);
  t.equal(living.error, undefined);
  clock.pass(1);
  t.match(living.error, { code: 'WS_TIMEOUT', phase: 'open', message: /300 ms/ });
  t.equal(clock.timers.length, 0);
});

t.test('an interval shorter than the timeout sends no ping before the pong', async (t) => {
  const { clock, living, life } = start({ keepAlive: { intervalMs: 100, timeoutMs: 1000 } });
  clock.pass(900);
  t.equal(living.pings.length, 1);
  life.pong(living.pings[0] as Buffer);
  clock.pass(0);
  t.equal(living.pings.length, 2, 'the next one is due');
});

t.test('what proves the peer alive without a pong', async (t) => {
  const proofs: Record<string, (living: TestLiving) => void> = {
    'bytes that come': (living) => living.receivedBytes++,
    'bytes that leave': (living) => living.bufferedBytes--,
    'our own pause': (living) => {
      living.paused = true;
    },
  };
  for (const [name, prove] of Object.entries(proofs)) {
    const { clock, living } = start({ keepAlive: { intervalMs: 1000, timeoutMs: 300 } });
    living.bufferedBytes = 10;
    clock.pass(1100);
    prove(living);
    clock.pass(200);
    t.equal(living.error, undefined, name);
    living.paused = false;
    clock.pass(700);
    t.equal(living.pings.length, 2, `${name}: pinged again`);
    clock.pass(300);
    t.match(living.error, { code: 'WS_TIMEOUT' }, `${name} counts once`);
  }
});

t.test('what arrived while the loop was blocked is read before anything is over', async (t) => {
  const { clock, living } = start({ keepAlive: { intervalMs: 1000, timeoutMs: 300 }, idleTimeoutMs: 8000 });
  clock.pass(1000);
  clock.time += 5000;
  for (const { action } of clock.timers.splice(0)) action();
  t.equal(clock.soonQueue.length, 1, 'the timer came first');
  living.receivedBytes++;
  living.activity = 'a message';
  for (const action of clock.soonQueue.splice(0)) action();
  t.equal(living.error, undefined);
  t.equal(living.reason, undefined);
  t.equal(clock.timers.length, 1, 'it goes on');
});

t.test('the loop catches up after the end', async (t) => {
  const { clock, living, life } = start({ keepAlive: { intervalMs: 1000, timeoutMs: 300 } });
  clock.pass(1000);
  clock.time += 300;
  for (const { action } of clock.timers.splice(0)) action();
  life.end();
  for (const action of clock.soonQueue.splice(0)) action();
  t.equal(living.error, undefined);
  life.pong(living.pings[0] as Buffer);
  t.equal(clock.timers.length, 0, 'a late pong starts nothing');
});

t.test('idle: between the time and an eighth more after the last message', async (t) => {
  const { clock, living } = start({ idleTimeoutMs: 800 });
  clock.pass(790);
  living.activity = 'one message';
  clock.pass(799);
  t.equal(living.reason, undefined, 'not before the time is over');
  clock.pass(101);
  t.equal(living.reason, 'no message for 800 ms');
  t.equal(clock.most, 1);
  t.equal(clock.timers.length, 0);
});

t.test('idle: a connection that was never used ends in time', async (t) => {
  const { clock, living } = start({ idleTimeoutMs: 800 });
  clock.pass(799);
  t.equal(living.reason, undefined);
  clock.pass(1);
  t.equal(living.reason, 'no message for 800 ms');
});

t.test('pings do not keep an idle connection', async (t) => {
  const { clock, living, life } = start({ idleTimeoutMs: 800, keepAlive: { intervalMs: 100, timeoutMs: 50 } });
  for (let i = 0; i < 20 && living.reason === undefined; i++) {
    clock.pass(45);
    const [ping] = living.pings.splice(0);
    if (ping !== undefined) life.pong(ping);
  }
  t.equal(living.reason, 'no message for 800 ms');
  t.equal(living.error, undefined);
  t.equal(clock.most, 1, 'one timer for both');
});

// Over a socket

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** How many timers there are when those of the tests before have gone. */
async function settledTimers(): Promise<number> {
  for (let i = 0; i < 100 && timers() > 0; i++) await new Promise(setImmediate);
  return timers();
}

t.test('keepAlive: pongs keep the connection, latencyMs is told', async (t) => {
  let pings = 0;
  const peer = await startPeer(t, (wire) =>
    wire.serve(({ first }) => {
      if (first === 0x89 && ++pings === 3) wire.write(frame(0x81, 'enough'));
    }),
  );
  const ws = await connect(peer.url, { keepAlive: { intervalMs: 5, timeoutMs: 5000 } });
  t.equal(ws.latencyMs, undefined);
  t.equal(await ws.receive(), 'enough');
  t.ok((ws.latencyMs as number) >= 0);
  t.match(await ws.close(), { clean: true, code: 1000 });
});

t.test('keepAlive: a peer that does not answer ends the connection', async (t) => {
  const peer = await startPeer(t, () => {});
  const ws = await connect(peer.url, { keepAlive: { intervalMs: 5, timeoutMs: 20 } });
  const report = await ws.closed;
  t.match(report, { code: 1006, clean: false, by: 'us', error: { code: 'WS_TIMEOUT', phase: 'open' } });
  t.equal(report.sent, undefined);
});

t.test('keepAlive: a connection whose messages nobody takes is no dead one', async (t) => {
  let wire: Wire | undefined;
  const peer = await startPeer(t, (each) => {
    wire = each.serve();
    for (let i = 0; i < 40; i++) each.write(frame(0x81, `message ${i}`));
  });
  const ws = await connect(peer.url, { keepAlive: { intervalMs: 5, timeoutMs: 10 } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(ws.state, 'open', 'the queue is full and the socket paused for many times the timeout');
  for (let i = 0; i < 40; i++) t.equal(await ws.receive(), `message ${i}`);
  wire?.socket.destroy();
  await ws.closed;
});

t.test('idleTimeoutMs: closes with 1001, and the report says why', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve());
  const ws = await connect(peer.url, { idleTimeoutMs: 40 });
  const report = await ws.closed;
  t.match(report, { by: 'us', clean: true, sent: { code: 1001, reason: 'no message for 40 ms' } });
  t.equal(report.error, undefined, 'it is what was asked for');
});

t.test('idleTimeoutMs: parts of a message count, in either direction', async (t) => {
  const peer = await startPeer(t, (wire) => {
    wire.serve();
    let parts = 0;
    const timer = setInterval(() => {
      wire.write(frame(parts === 0 ? 0x01 : 0x00, 'x'));
      if (++parts < 10) return;
      clearInterval(timer);
      wire.write(frame(0x80, 'end'));
    }, 60);
    wire.socket.on('close', () => clearInterval(timer));
  });
  const ws = await connect(peer.url, { idleTimeoutMs: 400 });
  t.equal(await ws.receive(), 'xxxxxxxxxxend', 'it took longer than idleTimeoutMs');
  for (let i = 0; i < 10; i++) {
    await ws.send('y');
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  t.equal(ws.state, 'open');
  t.match(await ws.closed, { sent: { code: 1001 } });
});

t.test('idleTimeoutMs: pings and pongs of both sides do not count', async (t) => {
  let pings = 0;
  const peer = await startPeer(t, (wire) => {
    wire.serve(({ first }) => {
      if (first === 0x89) pings++;
    });
    const timer = setInterval(() => wire.write(frame(0x89, 'are you there?')), 7);
    wire.socket.on('close', () => clearInterval(timer));
  });
  const ws = await connect(peer.url, { idleTimeoutMs: 200, keepAlive: { intervalMs: 10, timeoutMs: 5000 } });
  t.match(await ws.closed, { sent: { code: 1001 } });
  t.ok(pings > 0);
});

t.test('no timer is left after the end, however it comes', async (t) => {
  const options = { keepAlive: { intervalMs: 60_000 }, idleTimeoutMs: 600_000, timeoutMs: Number.POSITIVE_INFINITY };
  const peer = await startPeer(t, (wire, count) => {
    wire.serve();
    if (count === 1) wire.write(closeFrame(1000));
    if (count === 2) wire.write(Buffer.from([0xff, 0x00]));
    if (count === 3) setImmediate(() => wire.socket.destroy());
  });
  const before = await settledTimers();
  for (let i = 0; i < 4; i++) {
    const ws = await connect(peer.url, options);
    if (i === 3) ws.terminate();
    const { error } = await ws.closed;
    if (i === 1) t.ok(error instanceof ProtocolError);
    t.equal(timers(), before);
  }
});

t.test('without the options there is no timer', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve());
  const before = await settledTimers();
  const ws = await connect(peer.url);
  t.equal(timers(), before);
  t.equal(ws.latencyMs, undefined);
  await ws.close();
});
