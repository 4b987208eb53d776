import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { handles } from './peer.js';

t.test('values of tls that OpenSSL does not take', async (t) => {
  const before = handles();
  for (const [name, value] of [
    ['ciphers', 'nonsense'],
    ['sigalgs', 'nonsense'],
    ['ecdhCurve', 'nonsense'],
  ] as const) {
    const wrong = { name: 'TlsError', code: 'WS_TLS_OPTION', option: 'tls', message: new RegExp(`tls\\.${name}`) };
    await t.rejects(connect('wss://127.0.0.1:1/', { tls: { [name]: value } }), wrong);
    t.same(handles(), before, 'nothing was begun');
  }
});
