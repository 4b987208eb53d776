import t from 'tap';
import { buildTunnelRequest, checkTunnelResponse } from '../../src/handshake/proxy-request.js';
import { ResponseParser } from '../../src/handshake/response-parser.js';
import { bytes, head, thrown } from './support.js';

const responseOf = (text: string) => {
  const parser = new ResponseParser({}, 'CONNECT');
  parser.push(bytes(text));
  if (parser.response === null) throw new Error('the response is not complete');
  return parser.response;
};

t.test('RFC 6455 4.1, item 3: the example', async (t) => {
  const request = buildTunnelRequest({ host: 'example.com', port: 80, userinfo: null });
  t.equal(request, head('CONNECT example.com:80 HTTP/1.1', 'Host: example.com:80'));
});

t.test(
  'an IPv6 address stands in brackets, Basic is in Proxy-Authorization, the caller has the last word',
  async (t) => {
    const userinfo = { username: 'Aladdin', password: 'open sesame' };
    t.equal(
      buildTunnelRequest({ host: '::1', port: 443, userinfo, headers: { 'User-Agent': 'x' } }),
      head(
        'CONNECT [::1]:443 HTTP/1.1',
        'Host: [::1]:443',
        // RFC 7617 2
        'Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
        'User-Agent: x',
      ),
    );
    const headers = { 'proxy-authorization': 'Bearer t' };
    t.match(
      buildTunnelRequest({ host: 'h', port: 1, userinfo, headers }),
      /\r\nProxy-Authorization: Bearer t\r\n\r\n$/,
    );
  },
);

t.test('a header that cannot be sent', async (t) => {
  for (const headers of [{ 'a b': 'c' }, { a: 'b\r\nc' }, { 'Content-Length': '1' }]) {
    const error = thrown(() => buildTunnelRequest({ host: 'h', port: 1, userinfo: null, headers }));
    t.equal(error.code, 'WS_HANDSHAKE_HEADER');
  }
});

t.test('RFC 9110 9.3.6: any 2xx is the tunnel, nothing else is', async (t) => {
  for (const status of [200, 204, 299]) checkTunnelResponse(responseOf(head(`HTTP/1.1 ${status} Fine`)));
  for (const status of [101, 300, 404, 999]) {
    const response = responseOf(`${head(`HTTP/1.1 ${status} No`, 'Content-Length: 3')}why`);
    const error = thrown(() => checkTunnelResponse(response));
    t.match(error, { code: 'WS_HANDSHAKE_PROXY', side: 'remote', rule: 'proxy-status', status, reason: 'No' });
  }
  const response = responseOf(
    `${head('HTTP/1.1 407 No', 'Proxy-Authenticate: Basic realm="p"', 'Content-Length: 3')}why`,
  );
  const error = thrown(() => checkTunnelResponse(response));
  t.match(
    error.message,
    'The proxy refused the tunnel with 407 "No"; it asks for "Basic realm=\\"p\\"" (RFC 9110 9.3.6)',
  );
  t.same(error.body, Buffer.from('why'));
  t.equal(error.headers?.get('content-length'), '3');
  t.match(
    thrown(() => checkTunnelResponse(responseOf(`${head('HTTP/1.1 502 ', 'Content-Length: 0')}`))).message,
    /with 502 \(/,
  );
});
