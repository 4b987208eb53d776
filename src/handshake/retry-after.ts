/** Longest delay of a timer in Node: more would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * The value of Retry-After (RFC 9110 10.2.3): seconds, or a date in one of the three forms of RFC 9110 5.6.7.
 *
 * @param now in milliseconds since 1970
 * @returns milliseconds from `now`, 0 for a date that is past, at most 2^31 - 1; undefined for a value that is none
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : parseDate(value) - now;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_DELAY_MS);
}

/** HTTP-date (RFC 9110 5.6.7): a recipient MUST accept all three forms. NaN for what is none. */
function parseDate(text: string): number {
  if (IMF_FIXDATE.test(text) || RFC_850.test(text)) return Date.parse(text);
  return ASCTIME.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
}
