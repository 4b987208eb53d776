/** The limit of a plain program: 'data' events, one write per message. */
import type { Adapter } from './adapter.js';
import { rawAdapter } from './raw-socket.js';

const adapter: Adapter = rawAdapter({ onread: false, batch: false });
export default adapter;
