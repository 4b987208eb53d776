import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import { checkPins, parsePins, pinOf } from '../../src/tls/pin.js';
import { certificate, pem } from '../certs.js';
import { content, parts, sequence } from '../der.js';

const openssl = (input: Buffer, ...args: string[]): Buffer => execFileSync('openssl', args, { input });
const digest = (der: Buffer): string => `sha256/${openssl(der, 'dgst', '-sha256', '-binary').toString('base64')}`;

t.test('pinOf gives what openssl gives', async (t) => {
  for (const name of ['server', 'rsa-1024', 'client-rsa', 'client-rsa-pss', 'client-ed25519', 'client-dsa']) {
    const text = Buffer.from(pem(`${name}.pem`));
    const publicKey = openssl(text, 'x509', '-pubkey', '-noout');
    t.same(
      pinOf(certificate(name)),
      {
        certificate: digest(openssl(text, 'x509', '-outform', 'DER')),
        publicKey: digest(openssl(publicKey, 'pkey', '-pubin', '-outform', 'DER')),
      },
      name,
    );
  }
});

t.test('parsePins', async (t) => {
  const pin = pinOf(certificate('server')).publicKey;
  t.same(parsePins(undefined), []);
  t.same(parsePins([pin]), [pin]);
  t.ok(Object.isFrozen(parsePins([pin])));
  const body = pin.slice('sha256/'.length);
  const wrong: [unknown, RegExp][] = [
    [null, /^pin must be an array of pins: a pin is 'sha256\/'/],
    [pin, /^pin must be an array/],
    [[], /empty array pins nothing; leave the option out/],
    [new Array(257).fill(pin), /257 pins are more than the 256 allowed/],
    [[pin, 1], /^pin\[1\] is of type number/],
    [new Array(1), /^pin\[0\] is of type undefined/],
    [[body], /^pin\[0\] is ".*": a pin is/],
    [[`sha1/${body}`], /^pin\[0\]/],
    [[`SHA256/${body}`], /^pin\[0\]/],
    [[`sha256//${body}`], /^pin\[0\]/],
    [[pin.slice(0, -1)], /^pin\[0\]/],
    [[`${pin} `], /^pin\[0\]/],
    [[`sha256/${Buffer.alloc(31).toString('base64')}`], /^pin\[0\]/],
    [[`sha256/${Buffer.alloc(33).toString('base64')}`], /^pin\[0\]/],
    [[`sha256/${'A'.repeat(42)}B=`], /^pin\[0\]/],
    [[`sha256/${'A'.repeat(1e6)}`], /^pin\[0\] is "sha256\/A{73}\.\.\."/],
    [[`sha256/${'ab'.repeat(32)}`], /^pin\[0\]/],
    [[`sha256/${'_'.repeat(43)}=`], /^pin\[0\]/],
  ];
  for (const [value, text] of wrong) {
    try {
      parsePins(value);
      t.fail(`took ${String(value).slice(0, 60)}`);
    } catch (error) {
      t.ok(error instanceof TlsError && error.code === 'WS_TLS_OPTION' && error.option === 'pin');
      t.match(error instanceof Error && error.message, text);
    }
  }
});

t.test('checkPins', async (t) => {
  const leaf = certificate('server');
  const { certificate: ofCertificate, publicKey } = pinOf(leaf);
  const other = pinOf(certificate('self-signed'));
  t.ok(checkPins([], leaf), 'nothing is pinned');
  t.ok(checkPins([ofCertificate], leaf));
  t.ok(checkPins([publicKey], leaf));
  t.ok(checkPins([other.certificate, other.publicKey, publicKey], leaf), 'one of several');
  t.notOk(checkPins([other.certificate, other.publicKey], leaf));
  const renewed = certificate('bad-signature');
  t.ok(checkPins([publicKey], renewed), 'another certificate with the same key');
  t.notOk(checkPins([ofCertificate], renewed));
});

t.test('BER lengths cannot move the public key to a place where another one stands', async (t) => {
  const [tbs, ...rest] = parts(content(certificate('server').raw)) as [Buffer, ...Buffer[]];
  const fields = parts(content(tbs));
  const withIssuer = (issuer: Buffer): Buffer =>
    sequence(sequence(...fields.slice(0, 3), issuer, ...fields.slice(4)), ...rest);
  const issuer = content(fields[3] as Buffer);

  const indefinite = new X509Certificate(
    withIssuer(Buffer.concat([Buffer.from([0x30, 0x80]), issuer, Buffer.alloc(2)])),
  );
  t.throws(() => pinOf(indefinite), RangeError);
  t.notOk(checkPins([pinOf(certificate('server')).publicKey], indefinite), 'an indefinite length matches no pin');

  const long = new X509Certificate(withIssuer(Buffer.concat([Buffer.from([0x30, 0x83, 0, 0, issuer.length]), issuer])));
  t.equal(pinOf(long).publicKey, pinOf(certificate('server')).publicKey, 'a long length is read as OpenSSL reads it');
});
