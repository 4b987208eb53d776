import { inspect } from 'node:util';
import t from 'tap';
import { parseUrl } from '../../src/handshake/url.js';
import { thrown } from './support.js';

t.test('RFC 6455 3: host, port, resource name and secure flag', async (t) => {
  for (const [url, secure, host, port, hostHeader, resourceName] of [
    ['ws://example.com', false, 'example.com', 80, 'example.com', '/'],
    ['wss://example.com', true, 'example.com', 443, 'example.com', '/'],
    ['WSS://EXAMPLE.com:8443/Chat?Q=1', true, 'example.com', 8443, 'example.com:8443', '/Chat?Q=1'],
    ['ws://h:80/', false, 'h', 80, 'h', '/'],
    ['wss://h:443/', true, 'h', 443, 'h', '/'],
    ['ws://h:443/', false, 'h', 443, 'h:443', '/'],
    ['wss://h:80/', true, 'h', 80, 'h:80', '/'],
    ['ws://h:', false, 'h', 80, 'h', '/'],
    ['ws://h:65535/', false, 'h', 65535, 'h:65535', '/'],
    ['ws://h?q', false, 'h', 80, 'h', '/?q'],
    ['ws://h/?', false, 'h', 80, 'h', '/'],
    ['ws://h/a/../b', false, 'h', 80, 'h', '/b'],
    ['ws://h/%23?x=%20', false, 'h', 80, 'h', '/%23?x=%20'],
    ['ws://h/\u00e4?\u20ac', false, 'h', 80, 'h', '/%C3%A4?%E2%82%AC'],
    ['ws://h/a:b@c', false, 'h', 80, 'h', '/a:b@c'],
    ['ws://[::1]/', false, '::1', 80, '[::1]', '/'],
    ['wss://[2001:DB8::0:1]:8443/', true, '2001:db8::1', 8443, '[2001:db8::1]:8443', '/'],
    ['ws://192.0.2.7:8080', false, '192.0.2.7', 8080, '192.0.2.7:8080', '/'],
    ['ws://b\u00fccher.example/', false, 'xn--bcher-kva.example', 80, 'xn--bcher-kva.example', '/'],
    ['ws://host.example./', false, 'host.example.', 80, 'host.example.', '/'],
  ] as const) {
    const { href: _, ...parsed } = parseUrl(url);
    t.same(parsed, { secure, host, port, hostHeader, resourceName, userinfo: null }, url);
  }
});

t.test('a URL is taken like its text, also one of another library', async (t) => {
  t.equal(parseUrl(new URL('ws://h/x')).href, 'ws://h/x');
  t.equal(parseUrl({ href: 'ws://h/y' } as URL).resourceName, '/y');
});

t.test('user name and password are percent-decoded', async (t) => {
  t.same(parseUrl('ws://joe:p%40ss%25@h/').userinfo, { username: 'joe', password: 'p@ss%' });
  t.same(parseUrl('ws://J%C3%BCrgen@h/').userinfo, { username: 'J\u00fcrgen', password: '' });
  t.same(parseUrl('ws://:pw@h/').userinfo, { username: '', password: 'pw' });
  t.same(parseUrl('ws://a@b@h/').userinfo, { username: 'a@b', password: '' });
  t.equal(parseUrl('ws://@h/').userinfo, null);
  t.equal(parseUrl('ws://joe:pw@h/').hostHeader, 'h');
});

t.test('what is no WebSocket url is refused with its rule', async (t) => {
  for (const [url, rule] of [
    ['', 'empty'],
    [' ws://h/', 'space'],
    ['ws://h/ ', 'space'],
    ['ws://h/a b', 'space'],
    ['ws://h/a\tb', 'control-character'],
    ['ws://h/\r\nX: y', 'control-character'],
    ['ws://h/\n', 'control-character'],
    ['ws://h/\0', 'control-character'],
    ['ws://h/\x7f', 'control-character'],
    ['ws:\\\\h\\', 'backslash'],
    ['ws://h/a\\b', 'backslash'],
    ['ws://h/#', 'fragment'],
    ['ws://h/x#y', 'fragment'],
    ['example.com', 'scheme'],
    ['//h/', 'scheme'],
    ['http://h/', 'scheme'],
    ['ftp://h/', 'scheme'],
    ['h:80', 'scheme'],
    ['ws:h', 'authority'],
    ['ws:/h', 'authority'],
    ['ws://', 'host'],
    ['ws:///h', 'host'],
    ['ws://:80/', 'host'],
    ['ws://u:p@/', 'host'],
    ['ws://?q', 'host'],
    ['ws://h:x/', 'syntax'],
    ['ws://h:65536/', 'syntax'],
    ['ws://[::1/', 'syntax'],
    ['ws://a<b/', 'syntax'],
    ['ws://h:0/', 'port'],
    ['ws://%zz@h/', 'userinfo'],
    ['ws://%ff@h/', 'userinfo'],
    ['ws://a%0d%0ab@h/', 'userinfo'],
    ['ws://a:%00@h/', 'userinfo'],
    ['ws://a%3Ab@h/', 'userinfo'],
  ] as const) {
    const error = thrown(() => parseUrl(url));
    t.match(error, { code: 'WS_HANDSHAKE_URL', rule, side: 'local' }, JSON.stringify(url));
  }
});

t.test('the message names what is allowed', async (t) => {
  t.match(thrown(() => parseUrl('https://h/')).message, 'allowed are ws and wss; write wss:// instead');
  t.match(thrown(() => parseUrl('http://h/')).message, 'write ws:// instead');
  t.match(thrown(() => parseUrl('h')).message, 'allowed is ws://host[:port][/path][?query] or wss://');
});

t.test('a value that is no text is refused by its type', async (t) => {
  for (const [url, value] of [
    [undefined, 'undefined'],
    [null, 'object'],
    [5, 'number'],
    [{}, 'object'],
    [{ href: 1 }, 'object'],
  ] as const) {
    t.match(
      thrown(() => parseUrl(url as unknown as string)),
      { code: 'WS_HANDSHAKE_URL', rule: 'type', value },
    );
  }
});

t.test('no error shows the password, nor does its cause', async (t) => {
  for (const url of [
    'ws://joe:secret@h:x/',
    'ws://joe:secret@h/#',
    'http://joe:secret@h/',
    'ws://joe:se/secret@h',
    'joe:secret@h',
  ]) {
    const error = thrown(() => parseUrl(url));
    t.notMatch(inspect(error, { depth: 5 }), /secret/, url);
  }
});

t.test('unix domain sockets, as npm ws writes them', async (t) => {
  for (const [url, secure, socketPath, resourceName] of [
    ['ws+unix:/run/x.sock:/chat?room=1', false, '/run/x.sock', '/chat?room=1'],
    ['ws+unix:///run/x.sock:/chat', false, '/run/x.sock', '/chat'],
    ['WSS+UNIX:/run/x.sock', true, '/run/x.sock', '/'],
    ['ws+unix:/run/x.sock:', false, '/run/x.sock', '/'],
    ['ws+unix:/run/x.sock:?q', false, '/run/x.sock', '/?q'],
    ['ws+unix:/a%20b%3Ac%3F:/d:e', false, '/a b:c?', '/d:e'],
  ] as const) {
    const { href, port: _, ...parsed } = parseUrl(url);
    t.same(
      parsed,
      { secure, host: 'localhost', hostHeader: 'localhost', resourceName, userinfo: null, socketPath },
      url,
    );
    t.equal(href, url);
  }
  t.equal(parseUrl(new URL('ws+unix:/run/x.sock:/chat')).socketPath, '/run/x.sock');
  for (const url of [
    'ws+unix:',
    'ws+unix://',
    'ws+unix:x.sock',
    'ws+unix://host/x',
    'ws+unix:/x:y',
    'ws+unix:/x?y',
    'ws+unix:/%00',
    'ws+unix:/%',
  ]) {
    t.match(
      thrown(() => parseUrl(url)),
      { code: 'WS_HANDSHAKE_URL', rule: 'unix' },
      url,
    );
  }
});
