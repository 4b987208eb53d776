/** The WebSocket of the runtime: Node from 22 on, Bun, Deno. */
import type { Adapter } from './adapter.js';
import { type WhatwgSocket, whatwgAdapter } from './whatwg.js';

interface Runtime {
  readonly WebSocket?: new (url: string, options?: { readonly perMessageDeflate: boolean }) => WhatwgSocket;
  readonly Bun?: object;
}
const { WebSocket, Bun } = globalThis as Runtime;

const adapter: Adapter = whatwgAdapter((url, { deflate }) => {
  if (WebSocket === undefined) throw new Error('this runtime has no WebSocket of its own');
  return Bun === undefined ? new WebSocket(url) : new WebSocket(url, { perMessageDeflate: deflate });
});
export default adapter;
