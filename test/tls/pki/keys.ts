import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** The few keys that thousands of certificates share. Each is made once per run, when it is first asked for. */
export type KeyName =
  | `ec-${number}`
  | `rsa-${number}`
  | 'weak-rsa'
  | 'weak-ec'
  | 'explicit-ec'
  | 'ed25519'
  | 'pss'
  | 'brainpool'
  | 'ec384';

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
}

const keys = new Map<string, TestKey>();

export function testKey(name: KeyName): TestKey {
  let key = keys.get(name);
  if (key === undefined) {
    const privateKey = generate(name);
    key = { privateKey, spki: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }) };
    keys.set(name, key);
  }
  return key;
}

export function keyPem(name: KeyName): string {
  return testKey(name).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function generate(name: KeyName): KeyObject {
  if (name === 'weak-rsa') return generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  if (name === 'weak-ec') return generateKeyPairSync('ec', { namedCurve: 'prime192v1' }).privateKey;
  if (name === 'explicit-ec') {
    return generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }).privateKey;
  }
  if (name === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (name === 'pss') return generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  if (name === 'brainpool') return generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey;
  if (name === 'ec384') return generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
  if (name.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}
