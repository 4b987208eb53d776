import { toUSVString } from 'node:util';
import { MAX_REASON_BYTES } from '../frames/index.js';

/** DOMString: what the language makes of a value as a string; a symbol is a TypeError. */
export const toText = (value: unknown): string => (typeof value === 'string' ? value : `${value as string}`);

/** USVString: a lone surrogate becomes U+FFFD. */
export const toScalarText = (value: unknown): string => toUSVString(toText(value));

/** `[Clamp] unsigned short`: into 0 to 65535, ties to the even number, NaN is 0. */
export function clampShort(value: unknown): number {
  const number = Math.min(Math.max(+(value as number) || 0, 0), 65535);
  const below = Math.floor(number);
  const rest = number - below;
  return rest === 0.5 ? below + (below & 1) : Math.round(number);
}

/** `[EnforceRange] unsigned short`. @throws TypeError for what is not within 0 to 65535. */
export function enforceShort(value: unknown, name: string): number {
  const number = Math.trunc(+(value as number));
  if (number >= 0 && number <= 65535) return number + 0;
  throw new TypeError(`${name}: ${number} given, a number from 0 to 65535 is allowed`);
}

/** A dictionary: `undefined` and `null` are an empty one. @throws TypeError for what is no object. */
export function toDictionary(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' || typeof value === 'function') return value as Record<string, unknown>;
  throw new TypeError(`${name}: ${typeof value} given, an object is allowed`);
}

/** Web IDL counts the arguments: a missing one is a TypeError, an `undefined` one is not. */
export function requireArguments(given: number, needed: number, name: string): void {
  if (given < needed) throw new TypeError(`${name}: ${given} arguments given, ${needed} needed`);
}

/**
 * What the standard calls "validate close code and reason".
 *
 * @returns The code to send: 1000 if there is a reason and no code.
 * @throws DOMException InvalidAccessError for a code that a client may not send, SyntaxError for a reason that is too long.
 */
export function checkClose(code: number | undefined, reason: string): number | undefined {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException(`close code ${code}: 1000 and 3000 to 4999 are allowed`, 'InvalidAccessError');
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes > MAX_REASON_BYTES) {
    throw new DOMException(`close reason of ${bytes} bytes: ${MAX_REASON_BYTES} are allowed`, 'SyntaxError');
  }
  return code ?? (bytes > 0 ? 1000 : undefined);
}

/**
 * Gives a class the shape of a Web IDL interface: enumerable members, a toString tag, constants on class and prototype.
 *
 * @param name The interface's name, which a bundler may have taken from the class.
 */
export function shapeInterface(
  type: { readonly prototype: object },
  name: string,
  constants: Readonly<Record<string, number>> = {},
): void {
  const { prototype } = type;
  for (const member of Object.getOwnPropertyNames(prototype)) {
    if (member !== 'constructor') Object.defineProperty(prototype, member, { enumerable: true });
  }
  Object.defineProperty(type, 'name', { value: name });
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  for (const [constant, value] of Object.entries(constants)) {
    for (const owner of [type, prototype]) Object.defineProperty(owner, constant, { value, enumerable: true });
  }
}
