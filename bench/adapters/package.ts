import process from 'node:process';
import { oursUrl } from '../src/place.js';
import type { Received } from './adapter.js';
import type { WhatwgSocket } from './whatwg.js';

/** What the bench uses of our package. Spelt out here, so that two builds of it can be measured side by side. */
export interface OurPackage {
  connect(url: string, options?: { readonly perMessageDeflate?: object }): Promise<OurConnection>;
  readonly WebSocket: new (url: string, protocols: readonly string[], options: object) => WhatwgSocket;
  webSocketOpen(url: string): Promise<number>;
  webSocketRead(socket: number, data: { value?: Received }): Promise<number>;
  webSocketWrite(socket: number, data: string | Buffer): Promise<number>;
  webSocketClose(socket: number): Promise<number>;
  getLastError(): unknown;
}

export interface OurConnection {
  readonly bufferedAmount: number;
  on(event: 'message', listener: (data: string | Buffer) => void): unknown;
  on(event: 'close', listener: (report: { readonly error?: unknown }) => void): unknown;
  send(message: string | Buffer): Promise<void>;
  close(code: number): Promise<unknown>;
}

/** Our package as it was built: in dist/ of the project, or in the folder that BENCH_DIST names. */
export async function ourPackage(): Promise<OurPackage> {
  const { BENCH_DIST } = process.env;
  return (await import(oursUrl('index.js', BENCH_DIST))) as OurPackage;
}
