import { type DerReader, type Element, Tag } from './der.js';

/** A date of a certificate: its text as sent and, where it keeps to RFC 5280, 4.1.2.5, its time in seconds since the epoch. */
export interface CertificateTime {
  readonly text: string;
  /** null: malformed. OpenSSL then raises ERROR_IN_CERT_NOT_BEFORE_FIELD or ERROR_IN_CERT_NOT_AFTER_FIELD. */
  readonly seconds: number | null;
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** Reads a UTCTime or GeneralizedTime. Other tags are no certificate at all; a wrong text is one with a malformed date. */
export function readTime(reader: DerReader): CertificateTime {
  const element: Element = reader.tag === Tag.utcTime ? reader.next() : reader.read(Tag.generalizedTime);
  const text = reader.contents(element).toString('latin1');
  return { text, seconds: parseTime(text, element.tag === Tag.utcTime) };
}

/** RFC 5280, 4.1.2.5.1 and 4.1.2.5.2: seconds are given, the zone is Z, no fraction; two digits 50-99 are 19xx. */
export function parseTime(text: string, utc: boolean): number | null {
  const match = (utc ? UTC_TIME : GENERALIZED_TIME).exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 || day < 1) return null;
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, setUTCFullYear does not.
  date.setUTCFullYear(utc ? (year < 50 ? 2000 : 1900) + year : year, month - 1, day);
  if (date.getUTCDate() !== day) return null;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}
