import t from 'tap';
import { HandshakeHeaders } from '../../src/handshake/headers.js';
import { hasHeader, headersForOthers, isSameOrigin, redirectedUrl } from '../../src/handshake/redirect.js';
import { parseUrl } from '../../src/handshake/url.js';
import { thrown } from './support.js';

const redirect = (from: string, location: string, status = 302) =>
  redirectedUrl(parseUrl(from), { status, headers: new HandshakeHeaders([['Location', location]]) });

t.test('Location is resolved; http and https are taken for ws and wss', async (t) => {
  for (const [from, location, to] of [
    ['ws://a/b/c?d', '/x', 'ws://a/x'],
    ['ws://a/b/c?d', 'x?y', 'ws://a/b/x?y'],
    ['ws://a/b', '?y', 'ws://a/b?y'],
    ['ws://a:81/b', '', 'ws://a:81/b'],
    ['ws://a/', '//b:99/x', 'ws://b:99/x'],
    ['wss://a/', '//b/x', 'wss://b/x'],
    ['ws://a/', 'http://b/', 'ws://b/'],
    ['ws://a/', 'https://b/', 'wss://b/'],
    ['ws://a/', 'HTTPS://B:8443/', 'wss://b:8443/'],
    ['ws://a/', 'ws://b/', 'ws://b/'],
    ['ws://a/', 'wss://b/', 'wss://b/'],
    ['wss://[::1]:8443/x', '/y', 'wss://[::1]:8443/y'],
    ['ws://a/', '/x#fragment', 'ws://a/x'],
    ['ws://a/', 'http://[2001:db8::7]/', 'ws://[2001:db8::7]/'],
  ] as const) {
    t.equal(redirect(from, location)?.href, to, `${from} ${location}`);
  }
});

t.test('RFC 9110 15.4: the statuses', async (t) => {
  for (const status of [301, 302, 303, 307, 308]) t.equal(redirect('ws://a/', '/x', status)?.resourceName, '/x');
  for (const status of [200, 300, 304, 305, 401, 503]) t.equal(redirect('ws://a/', '/x', status), null);
  t.equal(redirectedUrl(parseUrl('ws://a/'), {}), null);
});

t.test('userinfo stays within the origin, and is not taken from a server', async (t) => {
  const userinfo = { username: 'joe', password: 'pass' };
  for (const location of ['/x', 'ws://a:81/x', 'http://a:81/x', '//eve:il@a:81/x']) {
    t.same(redirect('ws://joe:pass@a:81/', location)?.userinfo, userinfo, location);
  }
  for (const location of ['ws://a/x', 'wss://a:81/x', 'ws://b:81/', 'http://joe:pass@b:81/']) {
    t.equal(redirect('ws://joe:pass@a:81/', location)?.userinfo, null, location);
  }
});

t.test('a unix domain socket stays for its own origin', async (t) => {
  t.match(redirect('ws+unix:/run/x.sock:/a/b', 'c'), { socketPath: '/run/x.sock', resourceName: '/a/c' });
  const away = redirect('ws+unix:/run/x.sock:/a/b', 'ws://b/');
  t.equal(away?.socketPath, undefined);
  t.equal(away?.host, 'b');
});

t.test('what is not followed', async (t) => {
  for (const [from, location, rule, message] of [
    ['wss://a/', 'ws://a/', 'redirect-downgrade', /from wss to ws, to "ws:\/\/a\/"/],
    ['wss://a/', 'http://b/', 'redirect-downgrade', /never followed/],
    ['ws://a/', 'ftp://b/', 'location', /neither http\(s\) nor ws\(s\)/],
    ['ws://a/', 'mailto:joe@b', 'location', /neither/],
    ['ws://a/', 'ws+unix:/run/x.sock', 'location', /neither/],
    ['ws://a/', 'file:///etc/passwd', 'location', /neither/],
    ['ws://a/', 'http://', 'location', /is no url/],
    ['ws://a/', 'http://b:0/', 'location', /port 0/],
  ] as const) {
    const error = thrown(() => redirect(from, location));
    t.match(error, { code: 'WS_HANDSHAKE_REDIRECT', side: 'remote', rule, value: location, message }, location);
  }
  const none = new HandshakeHeaders();
  t.match(thrown(() => redirectedUrl(parseUrl('ws://a/'), { status: 301, headers: none })).message, /there are 0/);
  t.match(thrown(() => redirectedUrl(parseUrl('ws://a/'), { status: 301 })).rule, 'location');
  const two = new HandshakeHeaders([
    ['Location', '/a'],
    ['Location', '/b'],
  ]);
  t.match(thrown(() => redirectedUrl(parseUrl('ws://a/'), { status: 301, headers: two })).message, /there are 2/);
});

t.test('RFC 6454 4: origins', async (t) => {
  const same = (a: string, b: string): boolean => isSameOrigin(parseUrl(a), parseUrl(b));
  t.ok(same('ws://a/x', 'ws://A:80/y'));
  t.notOk(same('ws://a/', 'wss://a:80/'));
  t.notOk(same('ws://a/', 'ws://a:81/'));
  t.notOk(same('ws://a/', 'ws://b/'));
});

t.test('the headers for another origin', async (t) => {
  const given = { AUTHORIZATION: 'x', cookie: 'y', 'X-Trace': '1', 'Proxy-Authorization': 'z', Host: 'h' };
  t.same(headersForOthers(given), [['X-Trace', '1']]);
  t.same(
    headersForOthers(
      new Map([
        ['Cookie', 'y'],
        ['a', 'b'],
      ]),
    ),
    [['a', 'b']],
  );
  t.ok(hasHeader(given, 'authorization'));
  t.ok(hasHeader([['Cookie', 'y']], 'cookie'));
  t.notOk(hasHeader({}, 'cookie'));
});
