import { parseTokenList, Scanner } from './grammar.js';

/** One challenge of WWW-Authenticate or Proxy-Authenticate (RFC 9110 11.3). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case; of a name that stands there twice, the first. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * The challenges of all field lines in their order. The grammar has two lists in one: a token is the scheme of a new challenge
 * unless `=` follows. What is no parameter (a token68, say) is stepped over up to the next comma: nobody here asks for it.
 *
 * Linear in its input.
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  const scanner = new Scanner(values.join(', '));
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  while (!scanner.done) {
    scanner.skipSpace();
    const name = scanner.token()?.toLowerCase();
    scanner.skipSpace();
    if (name === undefined) {
      scanner.at += 1;
    } else if (scanner.accept('=')) {
      scanner.skipSpace();
      const value = scanner.quotedString() ?? scanner.token();
      const params = challenges.at(-1)?.params;
      if (value !== null && !params?.has(name)) params?.set(name, value);
    } else {
      challenges.push({ scheme: name, params: new Map() });
    }
  }
  return challenges;
}

/** Whether a parameter that is a list of tokens (such as `qop`) has this one. */
export function hasToken({ params }: Challenge, name: string, token: string): boolean {
  const tokens = parseTokenList(params.get(name) ?? '') ?? [];
  return tokens.some((each) => each.toLowerCase() === token);
}
