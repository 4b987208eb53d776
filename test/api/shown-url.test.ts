import t from 'tap';
import { shownUrl } from '../../src/api/shown-url.js';
import { parseUrl } from '../../src/handshake/index.js';

t.test('without user name and password, and else as it is', async (t) => {
  for (const [url, shown] of [
    ['ws://user:secret@host/path?query', 'ws://host/path?query'],
    ['wss://user@host:8443', 'wss://host:8443/'],
    ['ws://[::1]:80/', 'ws://[::1]/'],
    ['wss+unix:/run/it.sock:/path', 'wss+unix:/run/it.sock:/path'],
  ] as const) {
    t.equal(shownUrl(parseUrl(url)), shown);
  }
});
