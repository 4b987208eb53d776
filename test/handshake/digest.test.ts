import t from 'tap';
import { type Challenge, parseChallenges } from '../../src/handshake/challenge.js';
import { answerDigest, findDigest } from '../../src/handshake/digest.js';

// RFC 7616 3.9.1
const REQUEST = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const CHALLENGES = ['SHA-256', 'MD5'].map(
  (algorithm) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
);

function digestOf(...values: string[]): Challenge {
  const challenge = findDigest(parseChallenges(values));
  if (challenge === undefined) throw new Error('no challenge');
  return challenge;
}

const fieldsOf = (answer: string) => Object.fromEntries(parseChallenges([answer])[0]?.params ?? []);

t.test('RFC 7616 3.9.1: the example, with SHA-256, which stands first, and with MD5', async (t) => {
  for (const [values, algorithm, response] of [
    [CHALLENGES, 'SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    [CHALLENGES.slice(1), 'MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ] as const) {
    const answer = answerDigest(digestOf(...values), REQUEST);
    t.match(answer, /^Digest username="Mufasa", realm="http-auth@example.org", /);
    t.match(answer, /, qop=auth, nc=00000001, /, 'neither is quoted (RFC 7616 3.4)');
    t.same(fieldsOf(answer), {
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      uri: '/dir/index.html',
      algorithm,
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      qop: 'auth',
      response,
      opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    });
  }
});

// The responses of these were computed with Python's hashlib by RFC 7616 3.4.
t.test('RFC 7616 3.4.2: -sess', async (t) => {
  for (const [algorithm, response] of [
    ['MD5-sess', 'e783283f46242139c486a698fec7211d'],
    ['sha-256-SESS', '2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7'],
  ] as const) {
    const challenge = digestOf(CHALLENGES[0]?.replace('SHA-256', algorithm) ?? '');
    t.match(fieldsOf(answerDigest(challenge, REQUEST)), { algorithm, response });
  }
});

const JASON = {
  ...REQUEST,
  username: 'J\u00e4s\u00f8n Doe',
  password: 'Secret, or not?',
  uri: '/doe.json',
  cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm',
};
const HIS_CHALLENGE =
  'Digest realm="api@example.org", qop="auth", algorithm=SHA-256, charset=UTF-8, ' +
  'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"';
const HIS_RESPONSE = '06d0c14162099f487a92ebceaf71097534ee5f90d858386449c337ab69f7f6b8';

t.test('RFC 7616 3.4.4 and 4: userhash, and UTF-8', async (t) => {
  const hashed = fieldsOf(answerDigest(digestOf(`${HIS_CHALLENGE}, userhash=true`), JASON));
  const username = '5a1a8a47df5c298551b9b42ba9b05835174a5bd7d511ff7fe9191d8e946fc4e7';
  t.match(hashed, { username, userhash: 'true', response: HIS_RESPONSE });
  const plain = fieldsOf(answerDigest(digestOf(`${HIS_CHALLENGE}, userhash=false`), JASON));
  t.match(plain, { 'username*': "UTF-8''J%C3%A4s%C3%B8n%20Doe", response: HIS_RESPONSE });
  t.notOk('username' in plain || 'userhash' in plain);
  const odd = answerDigest(digestOf(HIS_CHALLENGE), { ...JASON, username: "\u00e4'(*)" });
  t.match(odd, "username*=UTF-8''%C3%A4%27%28%2a%29, ");
});

t.test('without algorithm it is MD5, and without opaque there is none; quotes are escaped', async (t) => {
  const challenge = digestOf('Digest realm="a \\"b\\"", nonce="n", qop=auth');
  const answer = answerDigest(challenge, { ...REQUEST, username: 'x"\\y' });
  t.match(answer, 'Digest username="x\\"\\\\y", realm="a \\"b\\"", ');
  t.match(fieldsOf(answer), { response: /^[0-9a-f]{32}$/ });
  t.notMatch(answer, /algorithm|opaque/);
});

t.test('RFC 7616 3.7: the first challenge that can be answered', async (t) => {
  const rest = 'realm="r", nonce="n", qop="auth"';
  const unknown = [
    'Basic realm="r"',
    'Digest realm="r", qop="auth"',
    'Digest nonce="n", qop="auth"',
    'Digest realm="r", nonce="n"',
    'Digest realm="r", nonce="n", qop="auth-int"',
    `Digest ${rest}, algorithm=SHA-512-256`,
    `Digest ${rest}, algorithm=MD5-sess-sess`,
    `Digest ${rest}, algorithm=__proto__`,
    `Digestive ${rest}`,
  ];
  t.equal(findDigest(parseChallenges(unknown)), undefined);
  const challenge = digestOf(...unknown, `digest ${rest}, algorithm=sha-256-sess`, `Digest ${rest}`);
  t.equal(challenge.params.get('algorithm'), 'sha-256-sess');
});
