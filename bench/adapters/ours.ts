/** connect() of this package, with 'message'. */
import { type Adapter, type BenchConnection, DEFLATE, type OpenOptions } from './adapter.js';
import { ourPackage } from './package.js';

const { connect } = await ourPackage();

const adapter: Adapter = {
  async open(url: string, { deflate, onMessage, onError }: OpenOptions): Promise<BenchConnection> {
    const ws = await connect(url, deflate ? { perMessageDeflate: DEFLATE } : {});
    ws.on('message', onMessage);
    ws.on('close', ({ error }) => {
      if (error !== undefined) onError(error);
    });
    let last: Promise<void> | undefined;
    return {
      send(message) {
        last = ws.send(message);
      },
      buffered: () => ws.bufferedAmount,
      drain: () => last,
      async close() {
        await ws.close(1000);
      },
    };
  },
};
export default adapter;
