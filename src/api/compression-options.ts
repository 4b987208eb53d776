import { optionError } from './errors.js';

/** Option `perMessageDeflate`: what to offer, and how to compress. See docs/DEFLATE.md for what it costs. */
export interface PerMessageDeflate {
  /** Messages of fewer bytes are sent as they are. Default 1024; 0 compresses all of them. */
  readonly threshold?: number;
  /** zlib's level: 0 (only stored) to 9 (smallest). Default 6. */
  readonly level?: number;
  /** zlib's memory for compressing, 1 (least) to 9. Default 8. */
  readonly memLevel?: number;
  /**
   * The largest window we compress with is 2 to the power of this: 8 to 15. `false` does not let the server limit it (RFC 7692 7.1.2.2).
   * Default 15, which the server may lower.
   */
  readonly clientMaxWindowBits?: number | false;
  /** The largest window the server may compress with, 8 to 15, which a server has to agree to (RFC 7692 7.1.2.1). Default: its own choice. */
  readonly serverMaxWindowBits?: number;
  /** We compress each message without the ones before it (RFC 7692 7.1.1.2). Default false; the server may ask for it. */
  readonly clientNoContextTakeover?: boolean;
  /** The server has to compress each message without the ones before it (RFC 7692 7.1.1.1). Default false; the server may choose so. */
  readonly serverNoContextTakeover?: boolean;
}

const NUMBERS = {
  threshold: [0, Number.MAX_SAFE_INTEGER],
  level: [0, 9],
  memLevel: [1, 9],
  clientMaxWindowBits: [8, 15],
  serverMaxWindowBits: [8, 15],
} as const;
const FLAGS = ['clientNoContextTakeover', 'serverNoContextTakeover'] as const;
const NUMBER_NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

/** The names of all of them. */
export const COMPRESSION_OPTIONS: readonly (keyof PerMessageDeflate)[] = [...NUMBER_NAMES, ...FLAGS];
const NAMES: ReadonlySet<string> = new Set(COMPRESSION_OPTIONS);

/**
 * Checks the option `perMessageDeflate`.
 *
 * @returns `null` if nothing is to be offered.
 * @throws ConnectionError `WS_OPTION`
 */
export function checkCompression(value: unknown): PerMessageDeflate | null {
  if (value === undefined || value === false) return null;
  if (value === true) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw optionError(`option 'perMessageDeflate': true, false or an object is allowed`);
  }
  for (const name of Object.keys(value)) {
    if (NAMES.has(name)) continue;
    throw optionError(`option 'perMessageDeflate.${name}' does not exist; there are ${[...NAMES].join(', ')}`);
  }
  const options: PerMessageDeflate = { ...value };
  for (const name of NUMBER_NAMES) checkNumber(name, options[name]);
  for (const name of FLAGS) checkFlag(name, options[name]);
  return options;
}

function checkNumber(name: keyof typeof NUMBERS, value: unknown): void {
  if (value === undefined || (value === false && name === 'clientMaxWindowBits')) return;
  const [least, most] = NUMBERS[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = name === 'threshold' ? 'a whole number of bytes from 0 on' : `a whole number from ${least} to ${most}`;
  const also = name === 'clientMaxWindowBits' ? ', or false,' : '';
  throw optionError(`option 'perMessageDeflate.${name}': ${show(value)} given, ${range}${also} is allowed`);
}

function checkFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw optionError(`option 'perMessageDeflate.${name}': ${show(value)} given, true or false is allowed`);
}

const show = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 80))
    : typeof value === 'object'
      ? 'an object'
      : String(value);
