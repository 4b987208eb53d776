import t from 'tap';
import { ADVICE, UNSPECIFIED } from '../../src/tls/advice.js';
import { keywordOf, SSL_ERROR_KEYWORDS } from '../../src/tls/keyword.js';

t.test('every keyword has a meaning and a remedy that fit into one line', async (t) => {
  t.same(Object.keys(ADVICE), [...SSL_ERROR_KEYWORDS]);
  for (const [keyword, { meaning, remedy }] of Object.entries(ADVICE)) {
    t.match(meaning, /^(is|has|allows|stands|breaks) [^\n|]{3,110}[^.\n|]$/, keyword);
    t.match(remedy, /^[a-z][^\n|]{3,110}[^.\n|]$/, keyword);
  }
});

t.test('what is explained as unspecified has no keyword of its own', async (t) => {
  for (const [code, meaning] of UNSPECIFIED) {
    t.equal(keywordOf(code), 'UnspecifiedError', code);
    t.match(meaning, /^(is|has) [^\n|]+[^.\n|]$/);
  }
});
