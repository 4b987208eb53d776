import {
  type ClientCertificate,
  type Ignore,
  type Pin,
  parseClientCertificate,
  parseIgnore,
  parsePins,
  parseTlsOptions,
  type TlsSettings,
} from '../tls/index.js';
import { checkKeyLog, type KeyLog } from './key-log.js';

/** Everything that the options say about TLS, checked. */
export interface Security {
  readonly ignore: Ignore;
  readonly pins: readonly Pin[];
  readonly options: TlsSettings;
  readonly certificate: ClientCertificate | null;
  readonly keylog: KeyLog | undefined;
}

/** The options that {@link checkSecurity} reads. */
export interface SecurityOptions {
  readonly ignoreSslErrors?: unknown;
  readonly pin?: unknown;
  readonly sslConfig?: unknown;
  readonly keylog?: unknown;
  readonly tls?: unknown;
}

/** @throws TlsError `WS_TLS_OPTION`; ConnectionError `WS_OPTION` for `keylog` */
export function checkSecurity({ ignoreSslErrors, pin, sslConfig, keylog, tls: given }: SecurityOptions): Security {
  const options = parseTlsOptions(given);
  return {
    ignore: parseIgnore(ignoreSslErrors),
    pins: parsePins(pin),
    options,
    certificate: parseClientCertificate(sslConfig, options),
    keylog: checkKeyLog(keylog),
  };
}

/** The same for a redirect to another host: what was said about the server that the user named is not said about that one. */
export function securityForOthers(security: Security): Security {
  const { servername, cert, key, passphrase, ...options } = security.options;
  return { ...security, ignore: [], certificate: null, options };
}

/** Whether these options may accept a connection that is not clean, so that there has to be a judge. */
export const needsJudge = ({ ignore, pins }: Security): boolean => ignore.length > 0 || pins.length > 0;
