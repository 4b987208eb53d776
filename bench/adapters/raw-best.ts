/** The limit of node:net: one read buffer, and the frames of one tick in one write of up to 64 KiB. */
import type { Adapter } from './adapter.js';
import { rawAdapter } from './raw-socket.js';

const adapter: Adapter = rawAdapter({ onread: true, batch: true });
export default adapter;
