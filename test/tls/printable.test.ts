import t from 'tap';
import { printable } from '../../src/tls/printable.js';

t.test('printable', async (t) => {
  t.equal(printable('CN=a\nO=b'), 'CN=a, O=b');
  t.equal(printable('\u001b[2J\u0000\u0085\r\t'), '\\u{1b}[2J\\u{0}\\u{85}\\u{d}\\u{9}');
  t.equal(printable('a\u202eb\u2028c\ufeffd\ud800e'), 'a\\u{202e}b\\u{2028}c\\u{feff}d\\u{d800}e');
  t.equal(printable('bücher.example 日本 😀'), 'bücher.example 日本 😀');
  t.equal(printable('x'.repeat(200)), 'x'.repeat(200));
  t.equal(printable('x'.repeat(1e7)), `${'x'.repeat(200)}...`);
});
