import type { X509Certificate } from 'node:crypto';
import { domainToASCII } from 'node:url';

/** What a host name of a URL comes to: a DNS name in ASCII, an IP address, or neither (then nothing can match). */
export type HostName =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly name: string }
  | { readonly kind: 'invalid' };

/** RFC 1035 2.3.4: 253 octets as text. A name in Unicode may be longer before conversion, never more than this. */
const MAX_UNCONVERTED_CHARACTERS = 1024;
const MAX_NAME_CHARACTERS = 253;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/;
const LABELS = /^[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;
const INVALID: HostName = { kind: 'invalid' };

/**
 * Reads the host name of a URL as the host check does.
 *
 * @param hostName a DNS name (also with letters outside ASCII, also with one trailing dot), an IPv4 address in its four decimal
 * parts, or an IPv6 address with or without brackets. A zone (`fe80::1%eth0`) is no part of a certificate: invalid.
 * @returns the name in lower-case ASCII, or the address; `invalid` for everything else. It never throws.
 *
 * Source: RFC 9525 section 6.3 and 6.4, RFC 6874; what is invalid is stricter than WHATWG URL: `0x7f.1` is no address here.
 */
export function parseHostName(hostName: string): HostName {
  if (hostName.length > MAX_UNCONVERTED_CHARACTERS) return INVALID;
  if (hostName.includes(':')) return parseIpv6(hostName);
  if (IPV4.test(hostName)) return { kind: 'ip', name: hostName };
  // domainToASCII parses a URL: it decodes %41, drops a path and line ends, and reads 0x7f.1 as an address. None of that may
  // turn one name into another, so its special characters are refused before, and addresses after.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u0020\u007f#%/?@\\[\]]/.test(hostName)) return INVALID;
  const name = domainToASCII(hostName.endsWith('.') ? hostName.slice(0, -1) : hostName);
  if (name.length > MAX_NAME_CHARACTERS || !LABELS.test(name) || IPV4.test(name)) return INVALID;
  return { kind: 'dns', name };
}

function parseIpv6(hostName: string): HostName {
  const address = /^\[(.*)\]$/.exec(hostName)?.[1] ?? hostName;
  if (!/^[0-9a-f:.]{2,45}$/i.test(address)) return INVALID;
  const url = `ws://[${address}]`;
  return URL.canParse(url) ? { kind: 'ip', name: new URL(url).hostname.slice(1, -1) } : INVALID;
}

/**
 * Whether a certificate is for a host.
 *
 * @param certificate the server's own certificate.
 * @param hostName see {@link parseHostName}; a name that is invalid matches nothing.
 * @returns true when a DNS name or an address of the subjectAltName is that host. A wildcard stands for the whole first label
 * and nothing else. The CN of the subject counts only for DNS names, and only where the subjectAltName has no DNS name.
 * It never throws.
 *
 * Source: RFC 9525 section 6 as OpenSSL's X509_check_host and X509_check_ip do it; the CN as in RFC 6125 section 6.4.4.
 */
export function matchesHostName(certificate: X509Certificate, hostName: string): boolean {
  const host = parseHostName(hostName);
  if (host.kind === 'invalid') return false;
  if (host.kind === 'ip') return certificate.checkIP(host.name) !== undefined;
  const subject = readSubjectAltName(certificate) === undefined ? 'never' : 'default';
  return certificate.checkHost(host.name, { partialWildcards: false, subject }) !== undefined;
}

/** The object identifier of the subjectAltName extension, 2.5.29.17, as DER. */
const SUBJECT_ALT_NAME = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x11]);

/**
 * The text of the subjectAltName, '' where there is none, undefined where it cannot be decoded or is there twice: OpenSSL then
 * sees none and falls back to the CN, and Node shows nothing or the first. Bytes that only look like a second extension make
 * the check stricter, which does no harm.
 */
function readSubjectAltName(certificate: X509Certificate): string | undefined {
  const first = certificate.raw.indexOf(SUBJECT_ALT_NAME);
  if (first === -1) return '';
  if (certificate.raw.includes(SUBJECT_ALT_NAME, first + SUBJECT_ALT_NAME.length)) return undefined;
  // Node gives null, not undefined, for what it cannot decode.
  return certificate.subjectAltName ?? undefined;
}

/**
 * The names that a certificate is for: what {@link matchesHostName} accepts, wildcards as they stand.
 *
 * @returns DNS names and IP addresses of the subjectAltName in their order (IPv6 in its short form), then the CNs of the
 * subject where they count. The text is the certificate's own and may hold anything: escape it before printing it.
 */
export function presentedNames(certificate: X509Certificate): string[] {
  const text = readSubjectAltName(certificate);
  if (text === undefined) return [];
  const names: string[] = [];
  let hasDnsName = false;
  for (const { type, value } of parseSubjectAltName(text)) {
    if (type === 'DNS') {
      hasDnsName = true;
      names.push(value);
    } else if (type === 'IP Address') {
      names.push(value.includes(':') ? shortIpv6(value) : value);
    }
  }
  if (!hasDnsName) names.push(...commonNames(certificate));
  return names;
}

function shortIpv6(text: string): string {
  const host = parseIpv6(text);
  return host.kind === 'invalid' ? text : host.name;
}

/**
 * The CNs in the text of a subject, which has a line for each name and ` + ` between names that belong together; what could
 * be taken for either is escaped in the values. `toLegacyObject()` would give them parsed, but it kills the process on
 * Node 24 and 26 for an EC key on a curve without a NIST name, and so does `getPeerCertificate()`.
 */
function commonNames(certificate: X509Certificate): string[] {
  // Node gives undefined for a certificate without a subject.
  const names = (certificate.subject ?? '').split(/\n| \+ /);
  return names.filter((name) => name.startsWith('CN=')).map((name) => unescapeName(name.slice('CN='.length)));
}

/** RFC 2253 section 2.4: a backslash and the character itself, or the two hexadecimal digits of an octet. */
const unescapeName = (text: string): string =>
  text.replace(/\\(?:([0-9A-F]{2})|(.))/g, (_, octet: string | undefined, character: string) =>
    octet === undefined ? character : String.fromCharCode(Number.parseInt(octet, 16)),
  );

/** One entry of a subjectAltName as Node prints it. */
export interface GeneralName {
  /** `DNS`, `IP Address`, `email`, `URI`, `DirName`, `othername`, `Registered ID`. */
  readonly type: string;
  readonly value: string;
}

/**
 * Parses the text of `X509Certificate.subjectAltName`. Node writes a value that holds a comma, a quote or anything outside
 * printable ASCII as a JSON string, so that `DNS:"a\u002c DNS:b"` is one name; cutting at commas would make it two.
 *
 * @returns the entries in order; an entry that is not well formed ends the list, since what follows it could be a forgery.
 */
export function parseSubjectAltName(text: string): GeneralName[] {
  const names: GeneralName[] = [];
  // Sticky, and no two parts can match the same character: linear in the length of the text.
  const entry = /([A-Za-z ]+):(?:"((?:[^"\\]|\\.)*)"|([^",]*))(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) break;
    const [, type = '', quoted, plain = ''] = match;
    const value = quoted === undefined ? plain : unquote(quoted);
    if (value === undefined) break;
    names.push({ type, value });
  }
  return names;
}

function unquote(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(`"${quoted}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
