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
  const offer = makeOffer(options);
  return {
    name: PERMESSAGE_DEFLATE,
    offer,
    agreeOn(accepted) {
      const agreement = checkAcceptance(offer, accepted);
      return agreement && codecOf(agreement, options);
    },
  };
}

function codecOf(agreement: PerMessageDeflateAgreement, { threshold, level, memLevel }: PerMessageDeflate): Codec {
  const { serverMaxWindowBits, serverNoContextTakeover, clientMaxWindowBits, clientNoContextTakeover } = agreement;
  return {
    inflater: () => new Inflater({ windowBits: serverMaxWindowBits, contextTakeover: !serverNoContextTakeover }),
    writer(output) {
      const window = { windowBits: clientMaxWindowBits, contextTakeover: !clientNoContextTakeover };
      const deflater = new Deflater({ ...window, level, memLevel });
      return new DeflatingWriter(output, { deflater, ...(threshold !== undefined && { threshold }) });
    },
  };
}
