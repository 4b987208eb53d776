// Only a dial that offers permessage-deflate loads this file, and with it the codec and node:zlib.
import { Deflater, DeflatingWriter, Inflater } from '../frames/deflate-index.js';
import type { WriterOutput } from '../frames/index.js';
import {
  checkAcceptance,
  type Extension,
  formatExtensions,
  makeOffer,
  PERMESSAGE_DEFLATE,
  type PerMessageDeflateAgreement,
} from '../handshake/index.js';
import { COMPRESSION_OPTIONS, type PerMessageDeflate } from './compression-options.js';

/** permessage-deflate as one connection has it. */
export interface Codec {
  /** Made anew, for what the server sends. */
  inflater(): Inflater;
  /** Made anew, for what we send. */
  writer(output: WriterOutput): DeflatingWriter;
}

/** What is asked of the server. */
export interface Compression {
  /** The name of the extension. */
  readonly name: string;
  readonly offer: Extension;
  /** The offer as the value of Sec-WebSocket-Extensions. */
  readonly text: string;
  /**
   * Judges what the server accepted.
   *
   * @returns `null` if that is not permessage-deflate.
   * @throws HandshakeError `WS_HANDSHAKE_EXTENSIONS` when the response does not fit the offer.
   */
  agreeOn(accepted: readonly Extension[]): Codec | null;
}

let last: Offered | null = null;

/**
 * Connections with the same options share their offer, and what was agreed on if their servers answer the same.
 *
 * @param options From `checkCompression`.
 */
export function compressionOf(options: PerMessageDeflate): Compression {
  if (last === null || !last.isFor(options)) last = new Offered(options);
  return last;
}

// Classes, as an object with functions of its own would cost each connection more memory than all that is in it.

class Offered implements Compression {
  readonly name: string = PERMESSAGE_DEFLATE;
  readonly offer: Extension;
  readonly text: string;
  readonly #options: PerMessageDeflate;
  /** The last answer, and what was agreed on by it. Nobody changes an answer, as it may be shared. */
  #accepted: readonly Extension[] | null = null;
  #codec: Codec | null = null;

  constructor(options: PerMessageDeflate) {
    this.#options = options;
    this.offer = makeOffer(options);
    this.text = formatExtensions([this.offer]);
  }

  isFor(options: PerMessageDeflate): boolean {
    return COMPRESSION_OPTIONS.every((name) => options[name] === this.#options[name]);
  }

  agreeOn(accepted: readonly Extension[]): Codec | null {
    if (accepted !== this.#accepted) {
      const agreement = checkAcceptance(this.offer, accepted);
      this.#codec = agreement && new AgreedCodec(agreement, this.#options);
      this.#accepted = accepted;
    }
    return this.#codec;
  }
}

class AgreedCodec implements Codec {
  readonly #agreement: PerMessageDeflateAgreement;
  readonly #options: PerMessageDeflate;

  constructor(agreement: PerMessageDeflateAgreement, options: PerMessageDeflate) {
    this.#agreement = agreement;
    this.#options = options;
  }

  inflater(): Inflater {
    const { serverMaxWindowBits, serverNoContextTakeover } = this.#agreement;
    return new Inflater({ windowBits: serverMaxWindowBits, contextTakeover: !serverNoContextTakeover });
  }

  writer(output: WriterOutput): DeflatingWriter {
    const { clientMaxWindowBits, clientNoContextTakeover } = this.#agreement;
    const { threshold, level, memLevel } = this.#options;
    const contextTakeover = !clientNoContextTakeover;
    const deflater = new Deflater({ windowBits: clientMaxWindowBits, contextTakeover, level, memLevel });
    return new DeflatingWriter(output, { deflater, ...(threshold !== undefined && { threshold }) });
  }
}
