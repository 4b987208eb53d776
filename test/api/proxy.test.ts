import t from 'tap';
import { checkOptions } from '../../src/api/options.js';
import { checkProxy, parseProxyUrl } from '../../src/api/proxy.js';
import { pem } from '../certs.js';

const address = (url: unknown) => parseProxyUrl(url, "option 'proxy'");

t.test('urls of proxies', async (t) => {
  for (const [url, kind, host, port, shown, username, password] of [
    ['http://proxy', 'http', 'proxy', 80, 'http://proxy:80'],
    ['http://proxy:3128/', 'http', 'proxy', 3128, 'http://proxy:3128'],
    ['HTTPS://Proxy', 'https', 'proxy', 443, 'https://proxy:443'],
    ['socks5://proxy', 'socks5', 'proxy', 1080, 'socks5://proxy:1080'],
    ['socks5h://proxy:80', 'socks5', 'proxy', 80, 'socks5://proxy:80'],
    ['socks5://[::1]:9', 'socks5', '::1', 9, 'socks5://[::1]:9'],
    ['http://[::1]:9', 'http', '::1', 9, 'http://[::1]:9'],
    ['http://joe:p%40ss@proxy:1', 'http', 'proxy', 1, 'http://proxy:1', 'joe', 'p@ss'],
    ['http://joe@proxy:1', 'http', 'proxy', 1, 'http://proxy:1', 'joe', ''],
    ['socks5://j%3Aoe:%C3%A4@proxy', 'socks5', 'proxy', 1080, 'socks5://proxy:1080', 'j:oe', '\u00e4'],
  ] as const) {
    const userinfo = username === undefined ? null : { username, password };
    t.same(address(url), { kind, host, port, shown, userinfo }, url);
  }
});

t.test('what is no url of a proxy; the error never shows it', async (t) => {
  const long = 'a'.repeat(256);
  for (const url of [
    '',
    'proxy:3128',
    'ftp://secret@proxy',
    'httph://secret@proxy',
    'socks4://secret@proxy',
    'http://',
    'http://secret@proxy:x',
    'http://secret@proxy/path',
    'http://secret@proxy/?q',
    'socks5://secret@proxy?q',
    'http://secret@proxy#f',
    'http://secret@proxy:0',
    'http://secret%@proxy',
    'http://sec%3Aret:x@proxy',
    `socks5://${long}:secret@proxy`,
    `socks5://secret:${long}@proxy`,
    'socks5://secret@proxy',
    'socks5://:secret@proxy',
    42,
    null,
  ]) {
    t.throws(
      () => address(url),
      { name: 'ConnectionError', code: 'WS_OPTION', message: /^option 'proxy': / },
      String(url),
    );
    t.throws(() => address(url), { message: /^(?!.*secret)/ }, String(url));
  }
  t.ok(address(`socks5://${'a'.repeat(255)}:b@proxy`).userinfo);
});

t.test('the option', async (t) => {
  t.equal(checkProxy(undefined), null);
  t.equal(checkOptions().proxy, null);
  t.equal(checkProxy('env')?.address, 'env');
  t.equal(checkProxy({ url: 'env' })?.address, 'env');
  t.match(checkOptions({ proxy: new URL('http://proxy:3128') }).proxy, {
    address: { host: 'proxy', port: 3128 },
    headers: {},
  });
  const full = checkProxy({
    url: 'https://proxy',
    headers: { 'User-Agent': 'x' },
    ignoreSslErrors: ['SelfSignedCertificate'],
    pin: [`sha256/${'A'.repeat(43)}=`],
    tls: { ca: pem('ca.pem'), servername: 'other' },
  });
  t.match(full, {
    headers: { 'User-Agent': 'x' },
    security: { ignore: ['SelfSignedCertificate'], options: { servername: 'other' } },
  });
  t.equal(full?.security.pins.length, 1);
});

t.test('values that make no sense', async (t) => {
  const options = { name: 'ConnectionError', code: 'WS_OPTION' };
  for (const value of [null, 42, true, {}, [], { url: 1 }, { url: 'direct' }, 'environment']) {
    t.throws(() => checkProxy(value), { ...options, message: /^option 'proxy/ }, JSON.stringify(value));
  }
  t.throws(() => checkProxy({ url: 'env', auth: 'x' }), {
    ...options,
    message: /'proxy\.auth' does not exist; there are url, headers/,
  });
  t.throws(() => checkProxy({ url: 'env', headers: { 'a b': 'c' } }), { code: 'WS_HANDSHAKE_HEADER' });
  t.throws(() => checkProxy({ url: 'env', tls: { rejectUnauthorized: false } }), { code: 'WS_TLS_OPTION' });
  t.throws(() => checkProxy({ url: 'env', ignoreSslErrors: ['x'] }), { code: 'WS_TLS_OPTION' });
  t.throws(() => checkProxy({ url: 'env', pin: 'sha256/' }), { code: 'WS_TLS_OPTION', message: /must be an array/ });
});
