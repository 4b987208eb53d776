/** npm's undici, the client behind Node's own WebSocket. It inflates what it receives; what it sends it does not compress. */
import { WebSocket } from 'undici';
import type { Adapter } from './adapter.js';
import { type WhatwgSocket, whatwgAdapter } from './whatwg.js';

const adapter: Adapter = whatwgAdapter((url) => new WebSocket(url) as unknown as WhatwgSocket);
export default adapter;
