/** npm's ws with bufferutil and utf-8-validate (the latter it uses only where node:buffer has no isUtf8). */
import { createRequire } from 'node:module';
import process from 'node:process';
import type { Adapter } from './adapter.js';

Object.assign(process.env, { WS_NO_BUFFER_UTIL: '', WS_NO_UTF_8_VALIDATE: '' });
createRequire(import.meta.url)('bufferutil'); // ws goes on without it and says nothing; here its absence is an error
const adapter: Adapter = (await import('./ws.js')).default;
export default adapter;
