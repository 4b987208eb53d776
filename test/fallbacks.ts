// Takes away what the fast paths rest on: `npm run test:fallbacks` loads it before each test. After it the fallbacks are in force:
//
//   simd          masking and slots by plain arrays, as under --jitless
//   kept-streams  permessage-deflate by the documented functions of node:zlib alone
//   onread        'data' events from the sockets that we make, as from those of a user
import { Socket } from 'node:net';
import { InflateRaw } from 'node:zlib';
import type { OnRead } from '../src/api/reads.js';
import { Transport } from '../src/api/transport.js';
import { readBeforeWriteError } from '../src/api/write-error.js';

Reflect.deleteProperty(globalThis, 'WebAssembly');

/** The class of node:zlib that has the property; ours alone uses it since Node's own functions do not. */
function ownerOf(property: string, prototype: object): object {
  return Object.hasOwn(prototype, property) ? prototype : ownerOf(property, Object.getPrototypeOf(prototype));
}
Reflect.deleteProperty(ownerOf('_processChunk', InflateRaw.prototype), '_processChunk');

const { attach } = Transport.prototype;
Object.defineProperty(Transport.prototype, 'onread', { get: (): OnRead | undefined => undefined });
Transport.prototype.attach = function (socket, ownReads) {
  // What else is done for a socket of ours has nothing to do with how it is read.
  if (ownReads && socket instanceof Socket) readBeforeWriteError(socket);
  attach.call(this, socket, false);
};
