import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { matchesHostName, parseHostName, parseSubjectAltName, presentedNames } from '../../src/tls/host-name.js';
import { certificate, pem } from '../certs.js';
import { constructed, content, parts, sequence } from '../der.js';

t.test('parseHostName', async (t) => {
  const dns = (name: string) => ({ kind: 'dns', name });
  const ip = (name: string) => ({ kind: 'ip', name });
  const valid: [string, object][] = [
    ['localhost', dns('localhost')],
    ['LOCALHOST', dns('localhost')],
    ['localhost.', dns('localhost')],
    ['a_b.example', dns('a_b.example')],
    ['_dmarc.example', dns('_dmarc.example')],
    ['bücher.example', dns('xn--bcher-kva.example')],
    ['BÜCHER.example.', dns('xn--bcher-kva.example')],
    ['xn--bcher-kva.example', dns('xn--bcher-kva.example')],
    [`${'a'.repeat(63)}.example`, dns(`${'a'.repeat(63)}.example`)],
    ['127.0.0.1', ip('127.0.0.1')],
    ['255.255.255.255', ip('255.255.255.255')],
    ['::1', ip('::1')],
    ['[::1]', ip('::1')],
    ['[0:0:0:0:0:0:0:1]', ip('::1')],
    ['FE80::A', ip('fe80::a')],
    ['::ffff:127.0.0.1', ip('::ffff:7f00:1')],
  ];
  for (const [text, expected] of valid) t.same(parseHostName(text), expected, text);
  const invalid = [
    '',
    '.',
    'localhost..',
    '.localhost',
    'a..b',
    '-a.b',
    '*.example',
    '*',
    'a b',
    ' localhost',
    'localhost\n',
    'localhost\u0000.example',
    'localhost/x',
    'localhost\\x',
    'localhost?x',
    'localhost#x',
    'user@localhost',
    'localhost:443',
    '%6cocalhost',
    'localhost%',
    '0x7f.1',
    '127.1',
    '2130706433',
    '127.0.0.1.',
    '127.0.0.01',
    '256.0.0.1',
    '１２７.0.0.1',
    '1.2.3.4.5',
    '[localhost]',
    '[127.0.0.1]',
    '::1%lo',
    '[fe80::1%25eth0]',
    '[::1',
    '::1]',
    '[[::1]]',
    ':',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}a`,
    'a'.repeat(1e7),
    'ü'.repeat(1e6),
  ];
  for (const text of invalid) t.same(parseHostName(text), { kind: 'invalid' }, JSON.stringify(text.slice(0, 60)));
});

t.test('the certificates of the repository', async (t) => {
  const server = certificate('server');
  for (const name of ['localhost', 'LocalHost.', '127.0.0.1', '::1', '[::1]', '0:0::1']) {
    t.ok(matchesHostName(server, name), name);
  }
  for (const name of [
    '',
    'localhost.example',
    'x.localhost',
    '127.0.0.2',
    '::2',
    '::ffff:127.0.0.1',
    '127.1',
    '*',
    '.',
  ]) {
    t.notOk(matchesHostName(server, name), name);
  }
  t.same(presentedNames(server), ['localhost', '127.0.0.1', '::1']);
  t.notOk(matchesHostName(certificate('wrong-host'), 'localhost'));
  t.ok(matchesHostName(certificate('wrong-host'), 'elsewhere.example'));
  t.same(presentedNames(certificate('client-ec')), ['Client EC'], 'the CN, where there is nothing else');
});

/** A self-signed certificate with a subject and a subjectAltName of OpenSSL's configuration language. */
function made(folder: string, subject: string, extension: string, rest = ''): X509Certificate {
  const configuration = `[req]\ndistinguished_name=none\n[none]\n[e]\n${extension}\n${rest}`;
  writeFileSync(`${folder}/conf`, configuration);
  writeFileSync(`${folder}/key`, pem('self-signed.key'));
  const args = [
    'req',
    '-x509',
    '-new',
    '-utf8',
    '-key',
    `${folder}/key`,
    '-subj',
    subject,
    '-config',
    `${folder}/conf`,
  ];
  return new X509Certificate(execFileSync('openssl', [...args, '-extensions', 'e']));
}

const NO_NAME = 'basicConstraints=CA:FALSE';

t.test('names of every kind', async (t) => {
  const folder = t.testdir();
  const cases: [what: string, subject: string, extension: string, names: string[], match: string[], not: string[]][] = [
    ['only a CN', '/CN=a.example', NO_NAME, ['a.example'], ['a.example'], ['b.example']],
    ['two CNs', '/CN=a.example/CN=b.example', NO_NAME, ['a.example', 'b.example'], ['a.example', 'b.example'], ['c']],
    [
      'a CN beside a DNS name',
      '/CN=a.example',
      'subjectAltName=DNS:b.example',
      ['b.example'],
      ['b.example'],
      ['a.example'],
    ],
    [
      'a CN beside an address',
      '/CN=a.example',
      'subjectAltName=IP:10.0.0.1',
      ['10.0.0.1', 'a.example'],
      ['10.0.0.1', 'a.example'],
      ['b.example'],
    ],
    ['an address as CN', '/CN=10.0.0.1', NO_NAME, ['10.0.0.1'], [], ['10.0.0.1']],
    ['an address as DNS name', '/CN=x', 'subjectAltName=DNS:10.0.0.1', ['10.0.0.1'], [], ['10.0.0.1', 'x']],
    [
      'a wildcard',
      '/CN=x',
      'subjectAltName=DNS:*.a.example',
      ['*.a.example'],
      ['b.a.example', 'B.A.EXAMPLE.', 'xn--bcher-kva.a.example', 'bücher.a.example'],
      ['a.example', 'c.b.a.example', '.a.example', '*.a.example', 'x'],
    ],
    ['a wildcard of everything', '/CN=x', 'subjectAltName=DNS:*', ['*'], [], ['a', 'a.b']],
    ['a wildcard of a top level', '/CN=x', 'subjectAltName=DNS:*.example', ['*.example'], [], ['a.example', 'example']],
    [
      'a partial wildcard',
      '/CN=x',
      'subjectAltName=DNS:a*.b.example',
      ['a*.b.example'],
      [],
      ['ab.b.example', 'a.b.example'],
    ],
    ['two stars', '/CN=x', 'subjectAltName=DNS:*.*.example', ['*.*.example'], [], ['a.b.example']],
    ['an inner star', '/CN=x', 'subjectAltName=DNS:a.*.example', ['a.*.example'], [], ['a.b.example']],
    ['a wildcard as CN', '/CN=*.a.example', NO_NAME, ['*.a.example'], ['b.a.example'], ['a.example']],
    [
      'IDN',
      '/CN=x',
      'subjectAltName=DNS:xn--bcher-kva.example',
      ['xn--bcher-kva.example'],
      ['bücher.example'],
      ['bucher.example'],
    ],
    ['kinds that name no host', '/CN=a', 'subjectAltName=URI:wss://b/,email:a@c,RID:1.2.3', ['a'], ['a'], ['b', 'c']],
    ['IPv6', '/CN=x', 'subjectAltName=IP:fe80::1', ['fe80::1', 'x'], ['fe80::1', '[FE80:0::1]'], ['fe80::2', '::1']],
  ];
  for (const [what, subject, extension, names, match, not] of cases) {
    const its = made(folder, subject, extension);
    t.same(presentedNames(its), names, what);
    for (const name of match) t.ok(matchesHostName(its, name), `${what}: ${name}`);
    for (const name of not) t.notOk(matchesHostName(its, name), `${what}: not ${name}`);
  }
});

t.test('a curve without a NIST name', async (t) => {
  const folder = t.testdir();
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1', '-nodes'];
  const key = ['-keyout', `${folder}/key`, '-subj', '/CN=a.example'];
  const its = new X509Certificate(execFileSync('openssl', [...args, ...key], { stdio: 'pipe' }));
  t.same(presentedNames(its), ['a.example'], "Node's legacy object ends the process here");
});

t.test('hostile names', async (t) => {
  const folder = t.testdir();
  const der = (...name: [tag: number, text: string][]): string => {
    const bytes = Buffer.concat(
      name.map(([tag, text]) => Buffer.from([tag, text.length, ...Buffer.from(text, 'latin1')])),
    );
    return `subjectAltName=DER:30${bytes.length.toString(16).padStart(2, '0')}${bytes.toString('hex')}`;
  };
  const forged = made(folder, '/CN=x', der([0x82, 'evil.example, DNS:localhost']));
  t.same(presentedNames(forged), ['evil.example, DNS:localhost'], 'one name');
  t.notOk(matchesHostName(forged, 'localhost'));

  const cut = made(folder, '/CN=x', der([0x82, 'localhost\u0000.evil.example']));
  t.same(presentedNames(cut), ['localhost\u0000.evil.example']);
  t.notOk(matchesHostName(cut, 'localhost'));

  const quoted = made(folder, '/CN=x', der([0x82, 'a"b'], [0x82, 'c\\d'], [0x82, "e'f"], [0x82, 'localhost']));
  t.same(presentedNames(quoted), ['a"b', 'c\\d', "e'f", 'localhost']);
  t.ok(matchesHostName(quoted, 'localhost'));

  const uri = made(folder, '/CN=x', der([0x86, 'http://a/, DNS:localhost'], [0x82, 'b.example']));
  t.same(presentedNames(uri), ['b.example'], 'a name inside a URI');

  const wrongLength = made(folder, '/CN=x', der([0x87, '12345'], [0x87, '1234']));
  t.same(presentedNames(wrongLength), ['<invalid length=5>', '49.50.51.52', 'x']);

  const empty = made(folder, '/CN=localhost', 'subjectAltName=DER:30028200');
  t.same(presentedNames(empty), [''], 'an empty DNS name takes the CN away');
  t.notOk(matchesHostName(empty, 'localhost'));

  const control = made(folder, '/CN=a\u001b[2J', NO_NAME);
  t.same(presentedNames(control), ['a\u001b[2J']);

  const signs = made(folder, '/CN=a\\\\b, CN=c\\+d \\+ CN=e"<>;#/O=x+CN=f\\=g', NO_NAME);
  t.same(presentedNames(signs), ['a\\b, CN=c+d + CN=e"<>;#', 'f=g'], 'signs that have a meaning in a subject');

  const noSubject = made(folder, '/O=x', NO_NAME);
  t.same(presentedNames(noSubject), []);
  t.notOk(matchesHostName(noSubject, 'x'));
  t.same(presentedNames(made(folder, '/', NO_NAME)), [], 'an empty subject');
});

t.test('a subjectAltName that cannot be decoded leaves no way back to the CN', async (t) => {
  const folder = t.testdir();
  const broken = made(folder, '/CN=localhost', 'subjectAltName=DER:3082ffff');
  t.notOk(matchesHostName(broken, 'localhost'));
  t.same(presentedNames(broken), []);

  const [tbs, ...rest] = parts(content(certificate('server').raw)) as [Buffer, ...Buffer[]];
  const fields = parts(content(tbs));
  const extensions = parts(content(content(fields.at(-1) as Buffer)));
  const withExtensions = (list: Buffer[]): X509Certificate =>
    new X509Certificate(sequence(sequence(...fields.slice(0, -1), constructed(0xa3, sequence(...list))), ...rest));
  t.ok(matchesHostName(withExtensions(extensions), 'localhost'), 'put together again as it was');
  const twice = withExtensions([...extensions, ...extensions.filter((each) => each.includes('localhost'))]);
  t.equal(twice.checkHost('localhost'), 'localhost', 'OpenSSL accepts it by the CN');
  t.notOk(matchesHostName(twice, 'localhost'));
  t.notOk(matchesHostName(twice, '127.0.0.1'));
  t.same(presentedNames(twice), []);
});

t.test('parseSubjectAltName', async (t) => {
  t.same(parseSubjectAltName(''), []);
  t.same(parseSubjectAltName('DNS:a, IP Address:1.2.3.4, Registered ID:1.2'), [
    { type: 'DNS', value: 'a' },
    { type: 'IP Address', value: '1.2.3.4' },
    { type: 'Registered ID', value: '1.2' },
  ]);
  t.same(parseSubjectAltName('DNS:"a\\u002c DNS:b", DNS:c'), [
    { type: 'DNS', value: 'a, DNS:b' },
    { type: 'DNS', value: 'c' },
  ]);
  for (const text of [
    'DNS',
    'DNS:"a',
    'DNS:"a\\"',
    'DNS:"a" DNS:b',
    'DNS:"\\x"',
    'DNS:"\n"',
    ', DNS:a',
    'DNS:a"b',
    ':a',
  ]) {
    t.same(parseSubjectAltName(text), [], text);
    t.same(parseSubjectAltName(`DNS:first, ${text}`), [{ type: 'DNS', value: 'first' }], `first, ${text}`);
  }
  t.same(parseSubjectAltName('DNS:a,DNS:b'), [], 'a comma without a space is no separator');
});

t.test('parseSubjectAltName is linear', async (t) => {
  const hostile = [
    'a'.repeat(1e6),
    `DNS:"${'\\'.repeat(1e6)}`,
    `DNS:${'a'.repeat(1e6)}"`,
    ' '.repeat(1e6),
    'DNS:a, '.repeat(1e5),
  ];
  // Quadratic, this would run for hours and into the time limit of tap.
  for (const text of hostile) t.ok(parseSubjectAltName(text).length <= 1e5);
});
