import t from 'tap';
import { HandshakeError } from '../../src/handshake/error.js';
import { SocksClient } from '../../src/handshake/socks.js';
import { cutsOf, seededRandom, seedOfThisRun, thrown } from './support.js';

type Target = ConstructorParameters<typeof SocksClient>[0];

const EXAMPLE: Target = { host: 'example.com', port: 8080, userinfo: null };
const USERINFO = { username: 'Aladdin', password: 'open sesame' };

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

// RFC 1928 3, 6 and RFC 1929 2, written by hand.
const TAKES_NONE = hex('05 00');
const TAKES_PASSWORD = hex('05 02');
const WELCOME = hex('01 00');
const CONNECTED = hex('05 00 00 01 7f000001 1f90');

/** A client that has got these bytes, and what it wrote. */
function talk(target: Target, ...input: Buffer[]): { socks: SocksClient; wrote: string[]; taken: number } {
  const wrote: string[] = [];
  const socks = new SocksClient(target, (bytes) => wrote.push(bytes.toString('hex')));
  socks.start();
  return { socks, wrote, taken: socks.push(Buffer.concat(input)) };
}

t.test('without authentication: a name goes to the proxy as it is', async (t) => {
  const { socks, wrote, taken } = talk(EXAMPLE, TAKES_NONE, CONNECTED, Buffer.from('tunnel'));
  t.same(wrote, ['050100', `050100030b${Buffer.from('example.com').toString('hex')}1f90`]);
  t.ok(socks.connected);
  t.equal(taken, TAKES_NONE.length + CONNECTED.length, 'what follows is left alone');
  t.equal(socks.push(Buffer.from('x')), 0);
});

t.test('RFC 1929: user name and password', async (t) => {
  const { socks, wrote } = talk({ ...EXAMPLE, userinfo: USERINFO }, TAKES_PASSWORD, WELCOME, CONNECTED);
  t.equal(wrote[0], '05020002');
  const [user, word] = [USERINFO.username, USERINFO.password].map((each) => Buffer.from(each).toString('hex'));
  t.equal(wrote[1], `0107${user}0b${word}`);
  t.match(wrote[2], /^05010003/);
  t.ok(socks.connected);
  t.ok(talk({ ...EXAMPLE, userinfo: USERINFO }, TAKES_NONE, CONNECTED).socks.connected, 'a proxy that does without');
});

t.test('RFC 1928 5: addresses', async (t) => {
  for (const [host, address] of [
    ['192.0.2.7', '01c0000207'],
    ['2001:db8::7', '0420010db8000000000000000000000007'],
    ['::', `04${'00'.repeat(16)}`],
    ['::1', `04${'00'.repeat(15)}01`],
    ['fe80::', `04fe80${'00'.repeat(14)}`],
    ['1:2:3:4:5:6:7:8', '0400010002000300040005000600070008'],
    ['1.2.3.4.example', '030f312e322e332e342e6578616d706c65'],
  ] as const) {
    t.equal(talk({ host, port: 443, userinfo: null }, TAKES_NONE).wrote[1], `050100${address}01bb`, host);
  }
  const error = thrown(() => talk({ ...EXAMPLE, host: 'a'.repeat(256) }, TAKES_NONE));
  t.match(error, { code: 'WS_HANDSHAKE_PROXY', rule: 'socks-name', value: '256' });
});

t.test('RFC 1928 6: the reply may be of any address type', async (t) => {
  for (const reply of [
    CONNECTED,
    hex(`05 00 00 04 ${'00'.repeat(16)} 0000`),
    hex('05 00 00 03 02 6162 0000'),
    hex('05 00 00 03 00 0000'),
  ]) {
    const { socks, taken } = talk(EXAMPLE, TAKES_NONE, reply, Buffer.from('tunnel'));
    t.ok(socks.connected);
    t.equal(taken, 2 + reply.length);
    t.notOk(talk(EXAMPLE, TAKES_NONE, reply.subarray(0, -1)).socks.connected, 'cut');
  }
});

t.test('what a proxy may refuse, and what it may not say', async (t) => {
  const withPassword = { ...EXAMPLE, userinfo: USERINFO };
  for (const [target, input, rule, message, section] of [
    [EXAMPLE, 'HTTP/1.1 400', 'socks-version', /version 72, not 5/, 'RFC 1928 3'],
    [
      EXAMPLE,
      '\x05\xff',
      'socks-method',
      /takes none of the methods offered; give user name and password/,
      'RFC 1928 3',
    ],
    [withPassword, '\x05\xff', 'socks-method', /takes none of the methods offered \(/, 'RFC 1928 3'],
    [EXAMPLE, '\x05\x02', 'socks-method', /method 2, which was not offered/, 'RFC 1928 3'],
    [withPassword, '\x05\x01', 'socks-method', /method 1, which was not offered/, 'RFC 1928 3'],
    [withPassword, '\x05\x02\x05', 'socks-auth-version', /version 5, not 1/, 'RFC 1929 2'],
    [withPassword, '\x05\x02\x01\x01', 'socks-auth', /refused user name and password/, 'RFC 1929 2'],
    [EXAMPLE, '\x05\x00\x04', 'socks-version', /replies with version 4/, 'RFC 1928 6'],
    [EXAMPLE, '\x05\x00\x05\x05', 'socks-reply', /replies 5: connection refused/, 'RFC 1928 6'],
    [EXAMPLE, '\x05\x00\x05\xfe', 'socks-reply', /replies 254: unassigned/, 'RFC 1928 6'],
    [EXAMPLE, '\x05\x00\x05\x00\x00\x02', 'socks-address-type', /address type 2/, 'RFC 1928 6'],
  ] as const) {
    const error = thrown(() => talk(target, Buffer.from(input, 'latin1')));
    t.match(error, { code: 'WS_HANDSHAKE_PROXY', side: 'remote', rule, message, section }, JSON.stringify(input));
  }
});

t.test('any way of cutting the bytes is the same', async (t) => {
  const random = seededRandom(seedOfThisRun());
  const target = { ...EXAMPLE, userinfo: USERINFO };
  const input = Buffer.concat([TAKES_PASSWORD, WELCOME, CONNECTED]);
  const { wrote } = talk(target, input);
  for (const cuts of cutsOf(input.length, random, 20)) {
    const parts: string[] = [];
    const socks = new SocksClient(target, (bytes) => parts.push(bytes.toString('hex')));
    socks.start();
    let start = 0;
    for (const end of [...cuts, input.length]) start = socks.push(input, start, end);
    if (!socks.connected || String(parts) !== String(wrote)) t.fail(`cut at ${cuts}`);
  }
});

t.test('random bytes never hang and throw nothing but HandshakeError', async (t) => {
  const seed = seedOfThisRun();
  t.comment(`HANDSHAKE_SEED=${seed}`);
  const random = seededRandom(seed);
  const outcomes = new Set<string>();
  for (let run = 0; run < 2000; run += 1) {
    const input = Buffer.concat([TAKES_PASSWORD, WELCOME, CONNECTED]);
    for (let damage = random(3); damage > 0; damage -= 1) input[random(input.length)] = random(8);
    try {
      outcomes.add(String(talk({ ...EXAMPLE, userinfo: USERINFO }, input).socks.connected));
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      outcomes.add(error.rule);
    }
  }
  t.ok(outcomes.has('true') && outcomes.size > 5, [...outcomes].join(' '));
});
