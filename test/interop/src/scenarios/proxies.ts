import assert from 'node:assert/strict';
import { ConnectionError, type ConnectOptions, connect, HandshakeError, TlsError } from '../ours.js';
import type { User } from '../proxies/forward.js';

/** Proxies on 127.0.0.1: their ports. */
export interface ProxyPorts {
  readonly http: number;
  readonly httpWithBasic: number;
  readonly socks: number;
  readonly socksWithPassword: number;
  /** Shows the certificate `self-signed`. */
  readonly httpsSelfSigned: number;
  /** Where nobody listens. */
  readonly nobody: number;
  readonly user: User;
}

const TARGET = 'ws://127.0.0.1:1/';

async function proxyError(options: ConnectOptions, url = TARGET): Promise<ConnectionError> {
  const error: unknown = await connect(url, options).then(
    (ws) => ws.terminate(),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ConnectionError, String(error));
  assert.deepEqual([error.code, error.phase], ['WS_CONNECT_PROXY', 'proxy'], error.message);
  return error;
}

/** A cause that is of this class. */
function causeOf<T>({ cause, message }: Error, type: abstract new (...args: never[]) => T): T {
  assert.ok(cause instanceof type, message);
  return cause;
}

async function httpPassword({ httpWithBasic, user }: ProxyPorts): Promise<void> {
  for (const userinfo of ['', `${user.name}:wrong@`]) {
    const error = await proxyError({ proxy: `http://${userinfo}127.0.0.1:${httpWithBasic}` });
    const refusal = causeOf(error, HandshakeError);
    // tinyproxy answers 401 instead of 407 to a password that is wrong.
    assert.ok(refusal.status === 407 || refusal.status === 401, error.message);
    assert.match(String(refusal.body), /<html|<!DOCTYPE/i);
    assert.doesNotMatch(error.message, /wrong/);
  }
}

async function socksPassword({ socksWithPassword, user }: ProxyPorts): Promise<void> {
  const missing = await proxyError({ proxy: `socks5://127.0.0.1:${socksWithPassword}` });
  assert.equal(causeOf(missing, HandshakeError).rule, 'socks-method');
  const wrong = await proxyError({ proxy: `socks5://${user.name}:wrong@127.0.0.1:${socksWithPassword}` });
  assert.equal(causeOf(wrong, HandshakeError).rule, 'socks-auth');
}

async function unreachable({ http, socks, nobody }: ProxyPorts): Promise<void> {
  const url = `ws://127.0.0.1:${nobody}/`;
  const refused = causeOf(await proxyError({ proxy: `http://127.0.0.1:${http}` }, url), HandshakeError);
  assert.equal(refused.status, 500);
  const reply = causeOf(await proxyError({ proxy: `socks5://127.0.0.1:${socks}` }, url), HandshakeError);
  assert.deepEqual([reply.rule, reply.value], ['socks-reply', '5']);
  await proxyError({ proxy: `http://127.0.0.1:${nobody}` });
}

async function certificate({ httpsSelfSigned }: ProxyPorts): Promise<void> {
  const url = `https://127.0.0.1:${httpsSelfSigned}`;
  const error = await proxyError({ proxy: url, ignoreSslErrors: 'all' });
  assert.deepEqual(causeOf(error, TlsError).acceptedBy, ['SelfSignedCertificate']);
}

/** Kinds of proxies mixed up, as far as the proxy notices: some wait for more of what they take for a beginning. */
async function mixedUp({ socks, httpsSelfSigned }: ProxyPorts): Promise<void> {
  for (const proxy of [`http://127.0.0.1:${socks}`, `https://127.0.0.1:${socks}`]) await proxyError({ proxy });
  await proxyError({ proxy: `http://127.0.0.1:${httpsSelfSigned}` });
}

/** What proxies that others wrote say when they do not connect. */
export const REFUSALS: readonly { readonly name: string; run(ports: ProxyPorts): Promise<void> }[] = [
  { name: 'an HTTP proxy that wants another password', run: httpPassword },
  { name: 'a SOCKS5 proxy that wants another password', run: socksPassword },
  { name: 'a target that is not there, and a proxy that is not', run: unreachable },
  { name: 'the certificate of the proxy', run: certificate },
  { name: 'a proxy of another kind', run: mixedUp },
];
