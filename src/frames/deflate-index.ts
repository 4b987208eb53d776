/**
 * permessage-deflate (RFC 7692) for the frame codec of `websocket-open/frames`: what its Reader inflates with, and a Writer that
 * compresses. An entry of its own, so that the codec without it needs no node:zlib.
 *
 * @module
 */
export { Deflater, type DeflaterOptions } from './deflate.js';
export { DEFLATE_THRESHOLD, DeflatingWriter, type DeflatingWriterOptions } from './deflating-writer.js';
export { Inflater, type InflaterOptions } from './inflate.js';
export { KeptStreams } from './kept-streams.js';
export { type DeflateContextOptions, LATER, scratch } from './permessage-deflate.js';
