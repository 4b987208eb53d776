import assert from 'node:assert/strict';
import { connect, HandshakeError } from '../ours.js';
import type { User } from '../proxies/forward.js';

/** The servers that refuse, redirect and ask for a password: `host:port` each. */
export interface Origins {
  readonly nginx: string;
  /** The same on TLS. */
  readonly nginxTls: string;
  readonly apache: string;
  /** Of `ca`, for nginxTls. */
  readonly ca: string;
  readonly user: User;
}

async function refusal(url: string, options: Parameters<typeof connect>[1] = {}): Promise<HandshakeError> {
  const error: unknown = await connect(url, options).then(
    (ws) => ws.terminate(),
    (error: unknown) => error,
  );
  assert.ok(error instanceof HandshakeError, `${url}: ${error}`);
  return error;
}

async function echoes(url: string, options: Parameters<typeof connect>[1] = {}): Promise<void> {
  await using ws = await connect(url, options);
  await ws.send('Grüße');
  assert.equal(await ws.receive({ timeoutMs: 20_000 }), 'Grüße');
}

async function basic({ nginx, user }: Origins): Promise<void> {
  const none = await refusal(`ws://${nginx}/private`);
  assert.equal(none.status, 401);
  assert.equal(none.headers?.get('www-authenticate'), 'Basic realm="interop"');
  assert.match(String(none.body), /401 Authorization Required/);
  assert.equal((await refusal(`ws://${user.name}:wrong@${nginx}/private`)).status, 401);
  await echoes(`ws://${user.name}:${encodeURIComponent(user.password)}@${nginx}/private`);
}

async function digest({ apache, user }: Origins): Promise<void> {
  assert.match((await refusal(`ws://${apache}/echo`)).message, /it asks for "Digest realm=/);
  assert.equal((await refusal(`ws://${user.name}:wrong@${apache}/echo`)).status, 401);
  await echoes(`ws://${user.name}:${encodeURIComponent(user.password)}@${apache}/echo?a=b`);
}

async function redirects({ nginx, nginxTls, ca }: Origins): Promise<void> {
  const headers = { Cookie: 'a=b' };
  assert.equal((await refusal(`ws://${nginx}/moved`)).status, 301);
  await using stayed = await connect(`ws://${nginx}/moved`, { maxRedirects: 1, headers });
  assert.equal(await stayed.receive({ timeoutMs: 20_000 }), 'a=b');
  assert.equal(stayed.url, `ws://${nginx}/header?name=cookie`);
  const to = `ws://${nginx}/away?to=localhost:${nginx.split(':')[1]}/header%3Fname=cookie`;
  await using away = await connect(to.replaceAll('%3F', '?'), { maxRedirects: 1, headers });
  assert.equal(await away.receive({ timeoutMs: 20_000 }), '', 'no cookie for another origin');
  const loop = await refusal(`ws://${nginx}/loop`, { maxRedirects: 5 });
  assert.deepEqual([loop.code, loop.limit], ['WS_HANDSHAKE_REDIRECT', 5]);
  const options = { maxRedirects: 1, tls: { ca } };
  const down = await refusal(`wss://${nginxTls}/away?to=${nginx}/echo`, options);
  assert.deepEqual([down.code, down.rule], ['WS_HANDSHAKE_REDIRECT', 'redirect-downgrade']);
}

async function retryAfter({ nginx }: Origins): Promise<void> {
  const busy = await refusal(`ws://${nginx}/busy`);
  assert.deepEqual([busy.status, busy.retryAfterMs], [503, 7000]);
}

/** What servers that others wrote make of redirects and of passwords. */
export const COMFORTS: readonly { readonly name: string; run(origins: Origins): Promise<void> }[] = [
  { name: 'Basic', run: basic },
  { name: 'Digest', run: digest },
  { name: 'redirects', run: redirects },
  { name: 'Retry-After', run: retryAfter },
];
