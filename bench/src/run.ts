import process from 'node:process';
import type { Adapter, BenchConnection, OpenOptions, Received } from '../adapters/adapter.js';
import type { Command, Run } from './protocol.js';
import { kept, signal, sixteen, sleep, stopwatch, tick } from './run-tools.js';
import type { Broadcast, Connect, Echo, Idle, Receive, Scenario, Send } from './scenario.js';

/** One scenario of a kind against one adapter: `n` messages or connections. */
interface Task<S extends Scenario> {
  readonly adapter: Adapter;
  readonly scenario: S;
  readonly base: string;
  readonly n: number;
}

/** Beyond this many bytes in its queue the sender waits, as a program that honours backpressure does. */
const QUEUE_LIMIT = 1 << 20;
const IDLE_CONNECTING = 32;

const lengthOf = (data: Received): number => (typeof data === 'string' ? data.length : data.byteLength);
const flag = (on: boolean): string => (on ? '1' : '0');

function options(
  scenario: Scenario,
  n: number,
  rest: Pick<OpenOptions, 'onError'> & Partial<OpenOptions>,
): OpenOptions {
  const messages = 'size' in scenario ? { size: scenario.size, kind: scenario.kind } : {};
  const ignore = (): void => {};
  return {
    mode: scenario.type,
    deflate: scenario.deflate,
    resume: scenario.type === 'connect' && scenario.resume,
    n,
    ...messages,
    onMessage: ignore,
    onBytes: ignore,
    ...rest,
  };
}

async function receive({ adapter, scenario, base, n }: Task<Receive>): Promise<Run> {
  const { size, kind, deflate } = scenario;
  const isText = kind !== 'bin';
  const expected = lengthOf(kept(size, kind)) * n;
  const end = signal<void>();
  let count = 0;
  let units = 0;
  let wrong = 0;
  let rawBytes = Number.POSITIVE_INFINITY;
  const url = `${base}/recv?size=${size}&n=${n}&kind=${kind}&deflate=${flag(deflate)}`;
  const connection = await adapter.open(
    url,
    options(scenario, n, {
      onMessage(data) {
        units += lengthOf(data);
        if ((typeof data === 'string') !== isText) wrong++;
        if (++count === n) end.resolve();
      },
      onBytes(bytes) {
        units += bytes;
        if (units >= rawBytes) end.resolve();
      },
      onError: end.reject,
    }),
  );
  rawBytes = connection.wireBytes ?? rawBytes;
  const elapsed = stopwatch();
  connection.send('go');
  await end.promise;
  const took = elapsed();
  await connection.close();
  if (connection.wireBytes === undefined && (wrong > 0 || units !== expected)) {
    throw new Error(`delivered wrongly: ${wrong} messages of the wrong type, ${units} units of ${expected}`);
  }
  return { ...took, n };
}

async function drained(connection: BenchConnection): Promise<void> {
  // never spins: waiting must not count as CPU
  while (connection.buffered() > QUEUE_LIMIT) await (connection.drain?.() ?? sleep(1));
}

async function send({ adapter, scenario, base, n }: Task<Send>): Promise<Run> {
  const { size, kind, burst, deflate } = scenario;
  const end = signal<Received | undefined>();
  const url = `${base}/sink?size=${size}&n=${n}&deflate=${flag(deflate)}`;
  const connection = await adapter.open(
    url,
    options(scenario, n, { onMessage: end.resolve, onBytes: () => end.resolve(undefined), onError: end.reject }),
  );
  const messages = sixteen(size, kind);
  const elapsed = stopwatch();
  for (let i = 0; i < n; ) {
    for (const stop = Math.min(n, i + burst); i < stop; i++) connection.send(messages[i & 15] ?? '');
    await tick();
    await drained(connection);
  }
  const done = await end.promise;
  const took = elapsed();
  await connection.close();
  const bytes = typeof done === 'string' ? Number(done.split(' ')[1]) : Number.NaN;
  return { ...took, n, ...(Number.isFinite(bytes) ? { wireBytes: bytes / n } : {}) };
}

async function broadcast({ adapter, scenario, base, n }: Task<Broadcast>): Promise<Run> {
  const { size, kind, fan, burst } = scenario;
  const each = Math.max(1, Math.round(n / fan));
  const ends = Array.from({ length: fan }, () => signal<void>());
  const url = `${base}/sink?size=${size}&n=${each}&deflate=0`;
  const connections = await Promise.all(
    ends.map((end) => {
      const done = (): void => end.resolve();
      return adapter.open(url, options(scenario, each, { onMessage: done, onBytes: done, onError: end.reject }));
    }),
  );
  const messages = sixteen(size, kind);
  const elapsed = stopwatch();
  for (let i = 0; i < each; ) {
    for (const stop = Math.min(each, i + burst); i < stop; i++) {
      const message = messages[i & 15] ?? '';
      for (const connection of connections) connection.send(message);
    }
    await tick();
    for (const connection of connections) await drained(connection);
  }
  await Promise.all(ends.map((end) => end.promise));
  const took = elapsed();
  await Promise.all(connections.map((connection) => connection.close()));
  return { ...took, n: each * fan };
}

async function echo({ adapter, scenario, base, n }: Task<Echo>): Promise<Run> {
  const { size, kind, flight } = scenario;
  const message = kept(size, kind);
  const end = signal<void>();
  const latency = flight === 1 ? new Float64Array(n) : undefined;
  let sent = 0;
  let got = 0;
  let before = 0;
  let connection: BenchConnection | undefined;
  const onMessage = (): void => {
    if (latency !== undefined) {
      const at = performance.now();
      latency[got] = at - before;
      before = at;
    }
    got++;
    if (sent < n) {
      sent++;
      connection?.send(message);
    } else if (got === n) end.resolve();
  };
  const url = `${base}/echo?size=${size}&kind=${kind}`;
  connection = await adapter.open(url, options(scenario, n, { onMessage, onError: end.reject }));
  const elapsed = stopwatch();
  before = performance.now();
  for (; sent < Math.min(flight, n); sent++) connection.send(message);
  await end.promise;
  const took = elapsed();
  await connection.close();
  if (latency === undefined) return { ...took, n };
  latency.sort();
  const at = (share: number): number => (latency[Math.floor(n * share)] ?? Number.NaN) * 1000;
  return { ...took, n, p50us: at(0.5), p99us: at(0.99) };
}

/** Rejects as soon as the adapter reports an error on that connection. */
async function openIdle({ adapter, scenario, base }: Task<Connect | Idle>): Promise<BenchConnection> {
  const failed = signal<never>();
  const url = `${base}/idle?deflate=${flag(scenario.deflate)}`;
  return await Promise.race([adapter.open(url, options(scenario, 0, { onError: failed.reject })), failed.promise]);
}

async function connect(task: Task<Connect>): Promise<Run> {
  let openMs = 0;
  const elapsed = stopwatch();
  for (let i = 0; i < task.n; i++) {
    const from = performance.now();
    const connection = await openIdle(task);
    openMs += performance.now() - from;
    await connection.close();
  }
  return { ...elapsed(), n: task.n, openMs: openMs / task.n };
}

async function openMany(task: Task<Idle>, n: number): Promise<BenchConnection[]> {
  const connections: BenchConnection[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < n) {
      started++;
      connections.push(await openIdle(task));
    }
  };
  await Promise.all(Array.from({ length: IDLE_CONNECTING }, worker));
  return connections;
}

/** Resident memory after the garbage is gone; gc is there with --expose-gc. */
async function residentBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await sleep(100);
  }
  return process.memoryUsage.rss();
}

/** The connections stay open until the process ends, so this runs once in a process. */
async function idle(task: Task<Idle>): Promise<Run> {
  const first = await openMany(task, 200); // what every connection shares is made here
  const before = await residentBytes();
  const elapsed = stopwatch();
  const connections = await openMany(task, task.n);
  const took = elapsed();
  const bytes = (await residentBytes()) - before;
  Object.assign(globalThis, { held: [first, connections] });
  return { ...took, n: task.n, bytesPerConnection: Math.round(bytes / task.n) };
}

/** Runs one command. Rejects when a connection fails or something was delivered wrongly. */
export function run(adapter: Adapter, { scenario, base, n }: Command): Promise<Run> {
  switch (scenario.type) {
    case 'recv':
      return receive({ adapter, scenario, base, n });
    case 'send':
      return send({ adapter, scenario, base, n });
    case 'broadcast':
      return broadcast({ adapter, scenario, base, n });
    case 'echo':
      return echo({ adapter, scenario, base, n });
    case 'connect':
      return connect({ adapter, scenario, base, n });
    case 'idle':
      return idle({ adapter, scenario, base, n });
  }
}
