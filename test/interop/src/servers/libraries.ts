/** The servers of three libraries that people use with a WebSocket class; README.md beside this folder says what every path does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { endWithTheTests, tell } from './protocol.js';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      echo: {
        type: GraphQLString,
        args: { text: { type: new GraphQLNonNull(GraphQLString) } },
        resolve: (_, { text }) => text,
      },
    },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      countdown: {
        type: GraphQLInt,
        args: { from: { type: new GraphQLNonNull(GraphQLInt) } },
        subscribe: (_, { from }) => countdown(from),
        resolve: (value) => value,
      },
    },
  }),
});

async function* countdown(from: number): AsyncGenerator<number> {
  for (let value = from; value >= 0; value--) {
    await sleep(1);
    yield value;
  }
}

const graphql = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' });
useServer({ schema, onConnect: ({ connectionParams }) => connectionParams?.['token'] !== 'wrong' }, graphql);

const broker = await Aedes.createBroker();
const mqtt = new WebSocketServer({ noServer: true, handleProtocols: (offered) => offered.has('mqtt') && 'mqtt' });
mqtt.on('connection', (ws, request) => {
  broker.handle(createWebSocketStream(ws), request);
});

/** The first connection with an id is closed at its first message, as by a server that restarts; the next ones echo. */
const restarting = new WebSocketServer({ noServer: true });
const known = new Set<string>();
restarting.on('connection', (ws: WebSocket, request) => {
  const id = request.url ?? '';
  const restarts = !known.has(id);
  known.add(id);
  ws.on('message', (data, binary) => {
    if (restarts) ws.close(1012, 'restart');
    else ws.send(data, { binary });
  });
});

const PATHS: ReadonlyMap<string, WebSocketServer> = new Map([
  ['/graphql', graphql],
  ['/mqtt', mqtt],
  ['/restarting', restarting],
]);

const server = createServer();
server.on('upgrade', (request, socket, head) => {
  const { pathname } = new URL(request.url ?? '/', 'ws://localhost');
  const sockets = PATHS.get(pathname);
  if (sockets === undefined) socket.destroy();
  else sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
});
server.listen(0, '127.0.0.1', () => {
  tell('listening', { port: (server.address() as AddressInfo).port, version: 'graphql-ws, partysocket, mqtt' });
});
endWithTheTests();
