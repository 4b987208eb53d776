import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type Client, createClient } from 'graphql-ws';
import mqtt from 'mqtt';
import ReconnectingWebSocket from 'partysocket/ws';
import { WebSocket } from '../ours.js';
import type { Target } from '../target.js';
import { within } from '../within.js';
import type { Scenario } from './scenario.js';

const WAIT_MS = 20_000;

/** What a library takes: the platform's class, here with the options of one way to the server. */
function classFor({ options }: Target): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      super(url, protocols, options);
    }
  };
}

const graphql = (target: Target, connectionParams: Record<string, unknown> = {}): Client =>
  createClient({ url: target.url('/graphql'), webSocketImpl: classFor(target), retryAttempts: 0, connectionParams });

async function valuesOf(client: Client, query: string, variables: Record<string, unknown> = {}): Promise<unknown[]> {
  const values: unknown[] = [];
  const reading = async (): Promise<void> => {
    for await (const value of client.iterate({ query, variables })) values.push(value);
  };
  await within(WAIT_MS, 'the values of a query', reading());
  return values;
}

async function graphqlOperations(target: Target): Promise<void> {
  const client = graphql(target);
  const text = 'Grüße, 世界 🙂'.repeat(1000);
  const echo = valuesOf(client, 'query ($text: String!) { echo(text: $text) }', { text });
  const countdown = valuesOf(client, 'subscription { countdown(from: 3) }');
  assert.deepEqual(await echo, [{ data: { echo: text } }]);
  assert.deepEqual(
    await countdown,
    [3, 2, 1, 0].map((value) => ({ data: { countdown: value } })),
  );
  await client.dispose();
}

/** The client knows a close event by its code and reason. */
async function graphqlForbidden(target: Target): Promise<void> {
  const client = graphql(target, { token: 'wrong' });
  await assert.rejects(valuesOf(client, '{ echo(text: "x") }'), {
    type: 'close',
    code: 4403,
    reason: 'Forbidden',
    wasClean: true,
  });
  await client.dispose();
}

async function reconnects(target: Target): Promise<void> {
  const url = target.url(`/restarting?id=${randomUUID()}`);
  const ws = new ReconnectingWebSocket(url, [], {
    WebSocket: classFor(target),
    minReconnectionDelay: 10,
    maxReconnectionDelay: 50,
  });
  ws.binaryType = 'arraybuffer';
  const closes: unknown[] = [];
  ws.addEventListener('close', ({ code, reason }) => closes.push({ code, reason }));
  await next(ws, 'open');
  const reopened = next(ws, 'close').then(() => next(ws, 'open'));
  ws.send('first');
  await reopened;
  assert.deepEqual(closes, [{ code: 1012, reason: 'restart' }]);
  const data = randomBytes(70_000);
  const echo = next(ws, 'message');
  ws.send(Uint8Array.from(data));
  const event = await echo;
  assert.ok('data' in event && event.data instanceof ArrayBuffer);
  assert.ok(data.equals(Buffer.from(event.data)));
  ws.close(1000, 'done');
}

async function next(ws: EventTarget, type: string): Promise<Event> {
  const event = new Promise<Event>((resolve) => ws.addEventListener(type, resolve, { once: true }));
  return within(WAIT_MS, type, event);
}

async function publishes(target: Target): Promise<void> {
  const WebSocketClass = classFor(target);
  const client = await mqtt.connectAsync(target.url('/mqtt'), {
    forceNativeWebSocket: true,
    createWebsocket: (url, protocols) => new WebSocketClass(url, protocols),
    reconnectPeriod: 0,
    connectTimeout: WAIT_MS,
  });
  const topic = `interop/${randomUUID()}`;
  await client.subscribeAsync(topic, { qos: 1 });
  for (const payload of [Buffer.from('hello'), Buffer.alloc(0), randomBytes(200_000)]) {
    const received = new Promise<[string, Buffer]>((resolve) => {
      client.once('message', (from, message) => resolve([from, message]));
    });
    await client.publishAsync(topic, payload, { qos: 1 });
    const [from, message] = await within(WAIT_MS, 'the message', received);
    assert.equal(from, topic);
    assert.ok(payload.equals(message), `another payload of ${payload.length} came back`);
  }
  await client.endAsync();
}

export const LIBRARIES: readonly Scenario[] = [
  { name: 'graphql-ws: a query and a subscription', run: graphqlOperations },
  { name: 'graphql-ws: closed by the server with 4403', run: graphqlForbidden },
  { name: 'partysocket: the server restarts, the client connects again', run: reconnects },
  { name: 'mqtt: publishes and gets what it has subscribed to', run: publishes },
];
