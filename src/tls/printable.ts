/** So many characters of one text are printed. */
const MAX_CHARACTERS = 200;

/**
 * A text from outside, safe for a terminal: on one line, cut, with control characters, characters without a shape (which can
 * turn the direction of writing), and lone surrogates written as escapes.
 */
export function printable(text: string): string {
  const line = text.slice(0, MAX_CHARACTERS).replaceAll('\n', ', ');
  const escaped = line.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return text.length > MAX_CHARACTERS ? `${escaped}...` : escaped;
}
