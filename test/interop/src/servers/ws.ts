/** The server of the interop tests on npm's ws; README.md beside this folder says what every path does. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { endWithTheTests, tell } from './protocol.js';

type Serve = (ws: WebSocket, query: URLSearchParams, request: IncomingMessage) => void;

const PATHS: ReadonlyMap<string, Serve> = new Map<string, Serve>([
  ['/echo', (ws) => ws.on('message', (data, binary) => ws.send(data, { binary }))],
  ['/fragments', fragments],
  ['/burst', burst],
  ['/ping', ping],
  ['/close', close],
  ['/vanish', (ws) => ws.on('message', () => ws.terminate())],
  ['/header', (ws, query, { headers }) => ws.send(String(headers[query.get('name') ?? ''] ?? ''))],
]);

const REFUSAL_HEADERS: ReadonlyMap<number, Record<string, string>> = new Map([
  [401, { 'WWW-Authenticate': 'Basic realm="interop"' }],
  [503, { 'Retry-After': '120' }],
]);

function fragments(ws: WebSocket, query: URLSearchParams): void {
  const size = Number(query.get('size'));
  ws.on('message', (data, binary) => {
    const bytes = bytesOf(data);
    for (let start = 0; start < bytes.length; start += size) {
      if (start > 0) ws.ping(String(start));
      ws.send(bytes.subarray(start, start + size), { binary, fin: start + size >= bytes.length });
    }
  });
}

function burst(ws: WebSocket, query: URLSearchParams): void {
  const count = Number(query.get('count'));
  let received = 0;
  for (let number = 0; number < count; number++) ws.send(String(number));
  ws.on('message', (data) => {
    const text = String(data);
    if (text !== String(received)) return ws.close(4000, `${text} came in the place of ${received}`);
    received++;
    if (received === count) ws.send(`received ${count}`);
  });
}

function ping(ws: WebSocket): void {
  ws.on('message', (data) => ws.ping(data));
  ws.on('pong', (payload) => ws.send(`pong ${payload}`));
}

function close(ws: WebSocket, query: URLSearchParams): void {
  ws.send('last words');
  ws.close(Number(query.get('code')), query.get('reason') ?? '');
}

const bytesOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer));

const urlOf = ({ url = '/' }: IncomingMessage): URL => new URL(url, 'ws://localhost');

function refuse(
  { req }: { readonly req: IncomingMessage },
  answer: (accepted: boolean, status?: number, body?: string, headers?: Record<string, string>) => void,
): void {
  const { pathname, searchParams } = urlOf(req);
  if (pathname !== '/refuse') return answer(true);
  const status = Number(searchParams.get('status'));
  answer(false, status, `refused with ${status}`, REFUSAL_HEADERS.get(status) ?? {});
}

const server = createServer();
const sockets = new WebSocketServer({
  server,
  verifyClient: refuse,
  handleProtocols: (offered) => offered.has('chat.v1') && 'chat.v1',
  perMessageDeflate: true,
});
sockets.on('connection', (ws, request) => {
  const { pathname, searchParams } = urlOf(request);
  const id = searchParams.get('id');
  ws.on('error', (error) => console.error(error));
  ws.on('close', (code, reason) => tell('closed', { id, code, reason: String(reason) }));
  PATHS.get(pathname)?.(ws, searchParams, request);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('ws/package.json'), 'utf8'));
  tell('listening', { port, version });
});
endWithTheTests();
