import t from 'tap';
import { isExcluded, proxyOfEnvironment } from '../../src/api/proxy-environment.js';

const WS = { secure: false, host: 'example.com', port: 80 };
const WSS = { secure: true, host: 'example.com', port: 443 };

t.test('the variables, lower case first', async (t) => {
  const env = { https_proxy: 'a', HTTPS_PROXY: 'b', http_proxy: 'c', HTTP_PROXY: 'd', all_proxy: 'e', ALL_PROXY: 'f' };
  t.same(proxyOfEnvironment(WSS, env), { name: 'https_proxy', value: 'a' });
  t.same(proxyOfEnvironment(WS, env), { name: 'http_proxy', value: 'c' });
  for (const [target, names] of [
    [WSS, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']],
    [WS, ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']],
  ] as const) {
    const left: Record<string, string> = { ...env };
    for (const name of names) {
      t.equal(proxyOfEnvironment(target, left)?.name, name);
      left[name] = '';
    }
    t.equal(proxyOfEnvironment(target, left), null, 'empty is not set');
  }
  t.equal(proxyOfEnvironment(WS, {}), null);
});

t.test('HTTP_PROXY is a header of the request in a CGI program', async (t) => {
  const cgi = { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil' };
  t.equal(proxyOfEnvironment(WS, cgi), null);
  t.equal(proxyOfEnvironment(WS, { ...cgi, all_proxy: 'good' })?.value, 'good');
  t.equal(proxyOfEnvironment(WS, { ...cgi, http_proxy: 'good' })?.value, 'good');
  t.equal(proxyOfEnvironment(WSS, { REQUEST_METHOD: 'GET', HTTPS_PROXY: 'good' })?.value, 'good');
});

t.test('no_proxy takes targets out, lower case first', async (t) => {
  const env = { all_proxy: 'a' };
  t.equal(proxyOfEnvironment(WS, { ...env, no_proxy: 'example.com' }), null);
  t.equal(proxyOfEnvironment(WS, { ...env, NO_PROXY: 'x,example.com' }), null);
  t.equal(proxyOfEnvironment(WS, { ...env, no_proxy: 'x', NO_PROXY: '*' })?.value, 'a');
  t.equal(proxyOfEnvironment(WS, { ...env, no_proxy: '', NO_PROXY: '*' }), null);
});

const excludes = (list: string, host: string, port = 80): boolean => isExcluded({ secure: false, host, port }, list);

t.test('names', async (t) => {
  for (const [list, host, port] of [
    ['*', 'anything', 1],
    ['a, *', '192.0.2.7', 1],
    ['example.com', 'example.com', 80],
    ['example.com', 'sub.example.com', 80],
    ['.example.com', 'sub.example.com', 80],
    ['.example.com', 'example.com', 80],
    ['*.example.com', 'sub.sub.example.com', 80],
    ['EXAMPLE.com.', 'Example.COM', 80],
    ['example.com', 'example.com.', 80],
    ['a,b  example.com\tc', 'example.com', 80],
    ['example.com:8080', 'sub.example.com', 8080],
    ['*:8080', 'anything', 8080],
  ] as const) {
    t.ok(excludes(list, host, port), `${list} has ${host}:${port}`);
  }
  for (const [list, host, port] of [
    ['', 'example.com', 80],
    [' , ,', 'example.com', 80],
    ['example.com', 'notexample.com', 80],
    ['sub.example.com', 'example.com', 80],
    ['example.com', 'example.com.evil', 80],
    ['.', 'example.com', 80],
    ['*.', 'example.com', 80],
    ['ex*mple.com', 'example.com', 80],
    ['example.com:8080', 'example.com', 80],
    ['*:8080', 'anything', 80],
    ['example.com:', 'example.com', 80],
    ['example.com:x', 'example.com', 80],
    ['.*', 'example.com', 80],
  ] as const) {
    t.notOk(excludes(list, host, port), `${list} has not ${host}:${port}`);
  }
});

t.test('addresses and CIDR blocks', async (t) => {
  for (const [list, host, port] of [
    ['192.0.2.7', '192.0.2.7', 80],
    ['192.0.2.7:443', '192.0.2.7', 443],
    ['192.0.2.0/24', '192.0.2.255', 80],
    ['192.0.2.0/24:443', '192.0.2.255', 443],
    ['0.0.0.0/0', '8.8.8.8', 80],
    ['::1', '::1', 80],
    ['[::1]', '::1', 80],
    ['[::1]:443', '::1', 443],
    ['2001:DB8:0::1', '2001:db8::1', 80],
    ['2001:db8::/32', '2001:db8:ffff::1', 80],
    ['[2001:db8::/32]:443', '2001:db8:ffff::1', 443],
  ] as const) {
    t.ok(excludes(list, host, port), `${list} has ${host}:${port}`);
  }
  for (const [list, host, port] of [
    ['192.0.2.7', '192.0.2.77', 80],
    ['192.0.2', '192.0.2.7', 80],
    ['.2.7', '192.0.2.7', 80],
    ['192.0.2.7:443', '192.0.2.7', 80],
    ['192.0.2.0/24', '192.0.3.0', 80],
    ['192.0.2.0/33', '192.0.2.0', 80],
    ['192.0.2.0/', '192.0.2.0', 80],
    ['192.0.2.0/-1', '192.0.2.0', 80],
    ['192.0.2.0/2.5', '192.0.2.0', 80],
    ['192.0.2.0/x', '192.0.2.0', 80],
    ['[::1]:443', '::1', 80],
    ['::1', '::2', 80],
    ['2001:db8::/129', '2001:db8::', 80],
    ['example.com', '192.0.2.7', 80],
    ['192.0.2.0/24', '::1', 80],
  ] as const) {
    t.notOk(excludes(list, host, port), `${list} has not ${host}:${port}`);
  }
});
