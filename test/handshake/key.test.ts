import t from 'tap';
import { acceptOf, checkKey, createKey, isKey } from '../../src/handshake/key.js';
import { thrown } from './support.js';

t.test('RFC 6455 1.3: the accept of the example key', async (t) => {
  t.equal(acceptOf('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

t.test('RFC 6455 4.2.2: the accept of another key, as openssl sha1 and base64 compute it', async (t) => {
  t.equal(acceptOf('AQIDBAUGBwgJCgsMDQ4PEA=='), 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY=');
});

t.test('RFC 6455 4.1: a key is 16 bytes of the random source in base64', async (t) => {
  const asked: number[] = [];
  const key = createKey((count) => {
    asked.push(count);
    return Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
  });
  t.equal(key, 'AQIDBAUGBwgJCgsMDQ4PEA==');
  t.same(asked, [16]);
});

t.test('RFC 6455 4.1: the key is new for each connection', async (t) => {
  const keys = new Set(Array.from({ length: 100 }, () => createKey()));
  t.equal(keys.size, 100);
  for (const key of keys) t.ok(isKey(key));
});

t.test('a random source that gives another number of bytes is refused', async (t) => {
  t.match(
    thrown(() => createKey(() => Buffer.alloc(15))),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'key-length', value: '15' },
  );
});

t.test('RFC 6455 4.2.1: a key is the base64 text of 16 bytes', async (t) => {
  t.ok(isKey('dGhlIHNhbXBsZSBub25jZQ=='));
  for (const key of [
    '',
    'dGhlIHNhbXBsZSBub25jZQ',
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25j',
    'dGhlIHNhbXBsZSBub25jZ-==',
  ]) {
    t.notOk(isKey(key), key);
  }
  t.notOk(isKey('dGhlIHNhbXBsZSBub25jZQ==\n'));
  t.doesNotThrow(() => checkKey('dGhlIHNhbXBsZSBub25jZQ=='));
  t.match(
    thrown(() => checkKey('x')),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'key', value: 'x' },
  );
});
