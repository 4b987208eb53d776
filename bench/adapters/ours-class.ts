/** The class WebSocket of this package, with onmessage. */
import { type Adapter, DEFLATE } from './adapter.js';
import { ourPackage } from './package.js';
import { whatwgAdapter } from './whatwg.js';

const { WebSocket } = await ourPackage();

const adapter: Adapter = whatwgAdapter(
  (url, { deflate }) => new WebSocket(url, [], deflate ? { perMessageDeflate: DEFLATE } : {}),
);
export default adapter;
