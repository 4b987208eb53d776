// Only a dial that offers permessage-deflate loads this file, and with it the codec and node:zlib.
import { Deflater, DeflatingWriter, Inflater } from '../frames/deflate-index.js';
import type { WriterOutput } from '../frames/index.js';
import {
  checkAcceptance,
  type Extension,
  makeOffer,
  PERMESSAGE_DEFLATE,
  type PerMessageDeflateAgreement,
} from '../handshake/index.js';
import type { PerMessageDeflate } from './compression-options.js';

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
  /**
   * Judges what the server accepted.
   *
   * @returns `null` if that is not permessage-deflate.
   * @throws HandshakeError `WS_HANDSHAKE_EXTENSIONS` when the response does not fit the offer.
   */
  agreeOn(accepted: readonly Extension[]): Codec | null;
}

/** @param options From `checkCompression`. */
export function compressionOf(options: PerMessageDeflate): Compression {
  return new Offered(options);
}

// Classes, as an object with functions of its own would cost each connection more memory than all that is in it.

class Offered implements Compression {
  readonly name: string = PERMESSAGE_DEFLATE;
  readonly offer: Extension;
  readonly #options: PerMessageDeflate;

  constructor(options: PerMessageDeflate) {
    this.#options = options;
    this.offer = makeOffer(options);
  }

  agreeOn(accepted: readonly Extension[]): Codec | null {
    const agreement = checkAcceptance(this.offer, accepted);
    return agreement && new AgreedCodec(agreement, this.#options);
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
