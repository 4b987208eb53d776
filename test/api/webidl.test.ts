import t from 'tap';
import {
  checkClose,
  clampShort,
  enforceShort,
  requireArguments,
  shapeInterface,
  toDictionary,
  toScalarText,
  toText,
} from '../../src/api/webidl.js';

t.test('text is what the language makes of a value, and a symbol is a TypeError', async (t) => {
  t.equal(toText('a'), 'a');
  t.equal(toText(null), 'null');
  t.equal(toText({ toString: () => 'x' }), 'x');
  t.throws(() => toText(Symbol('s')), TypeError);
  t.equal(toScalarText('a\uD800b'), 'a\uFFFDb', 'a lone surrogate becomes U+FFFD');
  t.equal(toScalarText('\u{1F50C}'), '\u{1F50C}');
});

t.test('[Clamp] unsigned short', async (t) => {
  const cases: [unknown, number][] = [
    [1000, 1000],
    [0x10000 + 1000, 65535],
    [-1, 0],
    [Number.NaN, 0],
    ['string', 0],
    ['3000', 3000],
    [null, 0],
    [Number.POSITIVE_INFINITY, 65535],
    [2.5, 2],
    [3.5, 4],
    [1000.4, 1000],
    [999.6, 1000],
  ];
  for (const [value, expected] of cases) t.equal(clampShort(value), expected, String(value));
  t.throws(() => clampShort(1n), TypeError);
  t.throws(() => clampShort(Symbol('s')), TypeError);
});

t.test('[EnforceRange] unsigned short', async (t) => {
  t.equal(enforceShort('3456', 'x'), 3456);
  t.equal(enforceShort(1.9, 'x'), 1);
  t.ok(Object.is(enforceShort(-0.5, 'x'), 0), 'no negative zero');
  for (const value of [65536, -1, Number.NaN, 'x', Number.POSITIVE_INFINITY, undefined]) {
    t.throws(() => enforceShort(value, 'closeCode'), { name: 'TypeError', message: /closeCode: .* given, a number/ });
  }
});

t.test('a dictionary is an object or nothing', async (t) => {
  t.same(toDictionary(undefined, 'x'), {});
  t.same(toDictionary(null, 'x'), {});
  t.same(toDictionary({ a: 1 }, 'x'), { a: 1 });
  t.type(
    toDictionary(() => 0, 'x'),
    'function',
  );
  for (const value of [true, 1, 'text', Symbol('s')]) t.throws(() => toDictionary(value, 'x'), TypeError);
});

t.test('missing arguments are a TypeError', async (t) => {
  t.throws(() => requireArguments(1, 2, 'addEventListener'), {
    name: 'TypeError',
    message: /1 arguments given, 2 needed/,
  });
  requireArguments(2, 2, 'addEventListener');
});

t.test('close code and reason', async (t) => {
  for (const code of [0, 999, 1001, 1005, 2999, 5000, 65535]) {
    t.throws(() => checkClose(code, ''), { name: 'InvalidAccessError', code: DOMException.INVALID_ACCESS_ERR });
  }
  for (const code of [1000, 3000, 4999]) t.equal(checkClose(code, ''), code);
  t.equal(checkClose(undefined, ''), undefined);
  t.equal(checkClose(undefined, 'why'), 1000, 'a reason needs a code');
  t.equal(checkClose(1000, 'x'.repeat(123)), 1000);
  t.throws(() => checkClose(1000, 'x'.repeat(124)), { name: 'SyntaxError', code: DOMException.SYNTAX_ERR });
  t.throws(() => checkClose(undefined, '\u{1F50C}'.repeat(32)), { name: 'SyntaxError' }, 'bytes count, not characters');
  t.throws(() => checkClose(999, 'x'.repeat(124)), { name: 'InvalidAccessError' }, 'the code is checked first');
});

t.test('a class gets the shape of an interface', async (t) => {
  class Shaped {
    get attribute(): number {
      return 1;
    }
    operation(): void {}
  }
  shapeInterface(Shaped, 'Named', { ONE: 1 });
  t.equal(Shaped.name, 'Named');
  t.equal(String(new Shaped()), '[object Named]');
  t.same(Object.keys(Shaped.prototype), ['attribute', 'operation', 'ONE']);
  const fixed = { value: 1, writable: false, enumerable: true, configurable: false };
  t.same(Object.getOwnPropertyDescriptor(Shaped, 'ONE'), fixed);
  t.same(Object.getOwnPropertyDescriptor(Shaped.prototype, 'ONE'), fixed);
  t.same(Object.getOwnPropertyDescriptor(Shaped.prototype, Symbol.toStringTag), {
    value: 'Named',
    writable: false,
    enumerable: false,
    configurable: true,
  });
});
