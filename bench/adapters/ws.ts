/** npm's ws in JavaScript alone: its native add-ons are off, unless ws-native.ts turned them on before. */
import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import process from 'node:process';
import { type Adapter, type BenchConnection, DEFLATE, nextDrain, type OpenOptions } from './adapter.js';

// ws reads these when it is loaded: hence the dynamic import below
const { WS_NO_BUFFER_UTIL = '1', WS_NO_UTF_8_VALIDATE = '1' } = process.env;
Object.assign(process.env, { WS_NO_BUFFER_UTIL, WS_NO_UTF_8_VALIDATE });
const { WebSocket } = await import('ws');

const { threshold, level, memLevel } = DEFLATE;
const perMessageDeflate = { threshold, zlibDeflateOptions: { level, memLevel } };
let agent: Agent | undefined;

/** The agent is what remembers TLS sessions. */
function resuming(): { agent: Agent } {
  agent ??= new Agent({ keepAlive: false });
  return { agent };
}

const adapter: Adapter = {
  open(url: string, { deflate, resume, onMessage, onError }: OpenOptions): Promise<BenchConnection> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url, {
        perMessageDeflate: deflate && perMessageDeflate,
        ...(resume ? resuming() : {}),
      });
      ws.on('error', (error) => {
        reject(error);
        onError(error);
      });
      ws.on('message', (data, isBinary) => onMessage(isBinary ? (data as Buffer) : data.toString()));
      const connection: BenchConnection = {
        send: (message) => ws.send(message),
        buffered: () => ws.bufferedAmount,
        drain: () => nextDrain((ws as unknown as { _socket: Socket })._socket),
        close: () =>
          new Promise((closed) => {
            ws.on('close', () => closed());
            ws.close(1000);
          }),
      };
      ws.on('open', () => resolve(connection));
    });
  },
};
export default adapter;
