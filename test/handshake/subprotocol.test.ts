import t from 'tap';
import {
  checkAgreedProtocol,
  checkProtocols,
  parseProtocols,
  selectProtocol,
} from '../../src/handshake/subprotocol.js';
import { thrown } from './support.js';

t.test('RFC 6455 4.1: the subprotocols of a request are tokens', async (t) => {
  t.same(checkProtocols([]), []);
  t.same(checkProtocols(['chat', 'v1.chat', 'Chat']), ['chat', 'v1.chat', 'Chat']);
  for (const protocol of ['', 'a b', 'a,b', 'a/b', 'a\n', '\u00e4', '"a"']) {
    t.match(
      thrown(() => checkProtocols([protocol])),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-token', value: protocol },
    );
  }
  t.match(
    thrown(() => checkProtocols([5 as unknown as string])),
    { rule: 'subprotocol-token', value: '5' },
  );
});

t.test('RFC 6455 4.1: the subprotocols of a request are unique', async (t) => {
  t.match(
    thrown(() => checkProtocols(['a', 'b', 'a'])),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-unique', value: 'a' },
  );
});

t.test('RFC 6455 4.2.1: a server reads the list, from all field lines', async (t) => {
  t.same(parseProtocols([]), []);
  t.same(parseProtocols(['chat, superchat']), ['chat', 'superchat']);
  t.same(parseProtocols(['chat', 'superchat,,x']), ['chat', 'superchat', 'x']);
  for (const value of ['', ',', 'a b', 'a/b']) {
    t.match(
      thrown(() => parseProtocols([value])),
      { code: 'WS_HANDSHAKE_SUBPROTOCOL', rule: 'subprotocol-grammar', value },
    );
  }
  t.match(
    thrown(() => parseProtocols(['a, b', 'a'])),
    { code: 'WS_HANDSHAKE_SUBPROTOCOL', rule: 'subprotocol-unique' },
  );
});

t.test('RFC 6455 4.1: the subprotocol of a response is one that was asked for', async (t) => {
  t.equal(checkAgreedProtocol([], []), '');
  t.equal(checkAgreedProtocol([], ['chat']), '');
  t.equal(checkAgreedProtocol(['b'], ['a', 'b']), 'b');
  for (const [value, offered] of [
    ['b', ['a']],
    ['b', []],
    ['', []],
    ['', ['a']],
    ['A', ['a']],
    ['a, b', ['a', 'b']],
  ] as const) {
    const error = thrown(() => checkAgreedProtocol([value], offered));
    t.match(error, { code: 'WS_HANDSHAKE_SUBPROTOCOL', rule: 'subprotocol-offered', value });
  }
});

t.test('RFC 6455 11.3.4: Sec-WebSocket-Protocol stands in a response once', async (t) => {
  const error = thrown(() => checkAgreedProtocol(['a', 'a'], ['a']));
  t.match(error, {
    code: 'WS_HANDSHAKE_SUBPROTOCOL',
    rule: 'subprotocol-once',
    section: 'RFC 6455 11.3.4',
    value: 'a, a',
  });
});

t.test('RFC 6455 4.2.2: a server selects by the order of the client', async (t) => {
  t.equal(selectProtocol(['a', 'b', 'c'], ['c', 'b']), 'b');
  t.equal(selectProtocol(['a'], ['b']), '');
  t.equal(selectProtocol([], ['b']), '');
});
