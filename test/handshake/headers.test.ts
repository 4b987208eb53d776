import t from 'tap';
import { HandshakeHeaders } from '../../src/handshake/headers.js';

t.test('RFC 9110 5.1: names are compared case-insensitively, order and spelling are kept', async (t) => {
  const raw = [
    ['X-A', '1'],
    ['Set-Cookie', 'a=1'],
    ['x-a', '2'],
    ['set-cookie', 'b=2'],
  ] as const;
  const headers = new HandshakeHeaders(raw);
  t.equal(headers.size, 4);
  t.equal(headers.get('X-a'), '1, 2');
  t.same(headers.getAll('SET-COOKIE'), ['a=1', 'b=2']);
  t.ok(headers.has('x-A'));
  t.same([...headers], raw);
  t.same(headers.raw, raw);
});

t.test('what is not there is null, an empty array, false', async (t) => {
  const headers = new HandshakeHeaders();
  t.equal(headers.size, 0);
  t.equal(headers.get('x'), null);
  t.same(headers.getAll('x'), []);
  t.notOk(headers.has('x'));
});

t.test('names of Object.prototype are names like any other', async (t) => {
  const headers = new HandshakeHeaders([['__proto__', 'p']]);
  t.equal(headers.get('__proto__'), 'p');
  t.equal(headers.get('constructor'), null);
  t.equal(headers.get('toString'), null);
});

t.test('a name that is no token names nothing, also where lower case would make it one', async (t) => {
  const headers = new HandshakeHeaders([['k', '1']]);
  t.equal(headers.get('\u212a'), null);
  t.same(headers.getAll('\u212a'), []);
  t.notOk(headers.has('\u212a'));
});

t.test('lines of a head as they are: the same as their names and values', async (t) => {
  const headers = HandshakeHeaders.ofHead(
    'HTTP/1.1 101 x-a: 0\r\nX-A: 1\r\nSet-Cookie:a=1\r\nx-a:\t2 \r\nb:x-a: 3\r\nset-cookie:\r\n\r\n',
  );
  t.equal(headers.size, 5);
  t.same(headers.raw, [
    ['X-A', '1'],
    ['Set-Cookie', 'a=1'],
    ['x-a', '2'],
    ['b', 'x-a: 3'],
    ['set-cookie', ''],
  ]);
  t.equal(headers.get('X-a'), '1, 2');
  t.same(headers.getAll('SET-COOKIE'), ['a=1', '']);
  t.equal(headers.get('B'), 'x-a: 3');
  t.ok(headers.has('x-A'));
  t.notOk(headers.has('a'));
  t.equal(headers.get('\u212a'), null);
  const empty = HandshakeHeaders.ofHead('HTTP/1.1 101 OK\r\n\r\n');
  t.equal(empty.size, 0);
  t.same([...empty], []);
  t.equal(empty.get('x'), null);
});
