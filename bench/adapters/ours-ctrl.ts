/** The CTRL functions of this package, used as a CTRL program uses them: one read and one write after the other. */
import type { Adapter, BenchConnection, OpenOptions, Received } from './adapter.js';
import { type OurPackage, ourPackage } from './package.js';

const ours = await ourPackage();
/** A write is refused while too much is buffered; then it is tried again after this time. */
const RETRY_MS = 10;
const RETRIES = 500;

async function readAll({ webSocketRead }: OurPackage, socket: number, onMessage: OpenOptions['onMessage']) {
  const data: { value?: Received } = {};
  while ((await webSocketRead(socket, data)) === 0) onMessage(data.value ?? '');
}

async function write({ webSocketWrite, getLastError }: OurPackage, socket: number, message: string | Buffer) {
  for (let i = 0; (await webSocketWrite(socket, message)) < 0; i++) {
    if (i === RETRIES) throw new Error('webSocketWrite was refused', { cause: getLastError() });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Writes what is queued, one after the other, until nothing is. */
function writer(socket: number, onError: OpenOptions['onError']): Pick<BenchConnection, 'send' | 'buffered' | 'drain'> {
  let queue: (string | Buffer)[] = [];
  let bytes = 0;
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (const message of batch) {
        await write(ours, socket, message);
        bytes -= message.length;
      }
    }
    working = undefined;
  };
  return {
    send(message) {
      queue.push(message);
      bytes += message.length;
      working ??= work().catch(onError);
    },
    buffered: () => bytes,
    drain: () => working,
  };
}

const adapter: Adapter = {
  async open(url: string, { deflate, onMessage, onError }: OpenOptions): Promise<BenchConnection> {
    if (deflate) throw new Error('the CTRL functions do not offer permessage-deflate');
    const socket = await ours.webSocketOpen(url);
    if (socket < 0) throw new Error(`webSocketOpen gave ${socket}`, { cause: ours.getLastError() });
    readAll(ours, socket, onMessage).catch(onError);
    return {
      ...writer(socket, onError),
      async close() {
        const result = await ours.webSocketClose(socket);
        if (result !== 0) throw new Error(`webSocketClose gave ${result}`, { cause: ours.getLastError() });
      },
    };
  },
};
export default adapter;
