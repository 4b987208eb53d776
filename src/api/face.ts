import type { CloseReport } from './close-report.js';
import type { Listener } from './events.js';

/** What a channel tells the face of the package that the user sees. The methods must not throw. */
export interface Face {
  /**
   * What takes every message in the place of `text` and `binary`, without a look by the face, as long as it is set; `null` while the face
   * has to look. It may throw.
   */
  readonly direct?: Listener<string | Buffer> | null;
  text(text: string): void;
  binary(bytes: Buffer): void;
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
  /** The closing handshake has begun, by either side: nothing can be sent any more. */
  closing(): void;
  /** Whether to hold a message that is too long, as `Sink.tooLong` of the codec does. */
  tooLong?(): boolean;
  /** The connection has ended; the last call. */
  closed(report: CloseReport): void;
}
