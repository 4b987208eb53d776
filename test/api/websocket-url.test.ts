import t from 'tap';
import { isBadPort, urlRecordOf } from '../../src/api/websocket-url.js';

t.test('urls that are taken', async (t) => {
  const cases: [string, string][] = [
    ['ws://example.org', 'ws://example.org/'],
    ['WSS://EXAMPLE.org:443/A?b', 'wss://example.org/A?b'],
    ['http://example.org:80/', 'ws://example.org/'],
    ['https://example.org/', 'wss://example.org/'],
    ['http://example.org:443/', 'ws://example.org:443/'],
    ['ws://example.org/echo?foo%20bar baz', 'ws://example.org/echo?foo%20bar%20baz'],
    [' ws://example.org/ ', 'ws://example.org/'],
    ['ws://user:pw@example.org/', 'ws://user:pw@example.org/'],
  ];
  for (const [given, href] of cases) t.equal(urlRecordOf(given).href, href, given);
});

t.test('urls that are a SyntaxError, without the url in the text', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /cannot be parsed/],
    ['/relative', /write an absolute one/],
    ['ws://foo bar.org/', /cannot be parsed/],
    ['ws://example.org:65536/', /cannot be parsed/],
    ['invalid:', /scheme "invalid"/],
    ['ftp://user:secret@example.org/', /ws, wss, http and https are allowed/],
    ['mailto:someone@example.org', /scheme "mailto"/],
    ['about:blank', /scheme "about"/],
    ['ws://example.org/#', /fragment/],
    ['wss://user:secret@example.org/#test', /%23/],
  ];
  for (const [given, message] of cases) {
    t.throws(() => urlRecordOf(given), { name: 'SyntaxError', code: DOMException.SYNTAX_ERR, message }, given);
    t.throws(() => urlRecordOf(given), { message: /^(?!.*secret)/ });
  }
});

t.test('a location is the base url if a program has made one', async (t) => {
  const scope = globalThis as { location?: { href: string } };
  t.teardown(() => delete scope.location);
  scope.location = { href: 'http://example.org/a/b' };
  t.equal(urlRecordOf('test').href, 'ws://example.org/a/test');
  t.equal(urlRecordOf('?').href, 'ws://example.org/a/b?');
  t.throws(() => urlRecordOf('#test'), { name: 'SyntaxError' });
  scope.location = { href: 'about:blank' };
  t.throws(() => urlRecordOf('test'), { name: 'SyntaxError' });
  t.equal(urlRecordOf('wss://example.org/').href, 'wss://example.org/');
});

t.test('ports that Fetch blocks', async (t) => {
  for (const port of [0, 1, 22, 25, 6000, 6667, 10080]) t.equal(isBadPort(port), true, String(port));
  for (const port of [80, 443, 8080, 8443, 65535]) t.equal(isBadPort(port), false, String(port));
});
