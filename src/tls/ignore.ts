import { TlsError } from './error.js';
import { isKeyword, notAKeyword, type SslErrorKeyword } from './keyword.js';

const ALLOWED =
  "allowed are 'all' or an array of keywords such as ['CertificateExpired']; an empty array ignores nothing";

/**
 * Checks the option `ignoreSslErrors` of `connect()`.
 *
 * @param value `'all'`, or an array of keywords. Default (`undefined`): nothing is ignored, as with an empty array.
 * @returns `'all'`, or the keywords without repetitions in the order given.
 * @throws TlsError `WS_TLS_OPTION` for anything else; for a keyword that does not exist it names the nearest one.
 *
 * Source: decision of this project. That an empty list means "all" is a rule of the CTRL function alone.
 */
export function parseIgnore(value: unknown): 'all' | readonly SslErrorKeyword[] {
  if (value === undefined) return [];
  if (value === 'all') return 'all';
  if (!Array.isArray(value)) throw refused(` must not be ${describe(value)}: ${ALLOWED}${insteadOf(value)}`);
  const list = new Set<SslErrorKeyword>();
  for (const [index, keyword] of value.entries()) {
    if (typeof keyword !== 'string')
      throw refused(`[${index}] must be a keyword, not ${describe(keyword)}: ${ALLOWED}`);
    if (!isKeyword(keyword)) throw refused(`[${index}]: ${notAKeyword(keyword)}`);
    list.add(keyword);
  }
  return Object.freeze([...list]);
}

function insteadOf(value: unknown): string {
  if (value === true) return "; instead of true write 'all'";
  if (value === false || value === null) return '; to ignore nothing leave the option out';
  if (typeof value !== 'string') return '';
  return isKeyword(value) ? `; write ['${value}']` : `; ${notAKeyword(value)}`;
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  return typeof value === 'string' ? 'a string' : `of type ${typeof value}`;
}

const refused = (text: string): TlsError =>
  new TlsError('WS_TLS_OPTION', `ignoreSslErrors${text}`, { option: 'ignoreSslErrors' });
