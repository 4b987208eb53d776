import type { Adapter, BenchConnection, OpenOptions, Received } from './adapter.js';

/** What the bench uses of the WHATWG interface. */
export interface WhatwgSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: Received }) => void) | null;
  onerror: ((event: { readonly error?: unknown; readonly message?: string }) => void) | null;
  onclose: (() => void) | null;
  send(message: string | Buffer): void;
  close(code: number): void;
}

/** An adapter for any class that has the WHATWG interface; `create` makes one. */
export function whatwgAdapter(create: (url: string, options: OpenOptions) => WhatwgSocket): Adapter {
  return {
    open(url: string, options: OpenOptions): Promise<BenchConnection> {
      return new Promise((resolve, reject) => {
        const ws = create(url, options);
        ws.binaryType = 'arraybuffer';
        ws.onerror = (event) => {
          const error = event.error ?? new Error(event.message ?? 'error event');
          reject(error);
          options.onError(error);
        };
        ws.onmessage = (event) => options.onMessage(event.data);
        ws.onopen = () =>
          resolve({
            send: (message) => ws.send(message),
            buffered: () => ws.bufferedAmount,
            close: () =>
              new Promise((closed) => {
                ws.onclose = () => closed();
                ws.close(1000);
              }),
          });
      });
    },
  };
}
