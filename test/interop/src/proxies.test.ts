import { after, suite, test } from 'node:test';
import { pem } from './certificates.js';
import { Server, WS } from './engine.js';
import type { ConnectOptions } from './ours.js';
import { freePorts } from './ports.js';
import { Daemon, type DaemonKind } from './proxies/daemon.js';
import { microsocks, tinyproxy, tlsBefore } from './proxies/forward.js';
import { apacheDigest, nginxOrigin } from './proxies/origin.js';
import { CLOSING } from './scenarios/closing.js';
import { COMFORTS } from './scenarios/handshake-comforts.js';
import { MESSAGES } from './scenarios/messages.js';
import { REFUSALS } from './scenarios/proxies.js';
import { Site } from './target.js';

const TEST_MS = 30_000;
const USER = { name: 'joe', password: 'p@ss word' };
/** In the file of tinyproxy there is room for letters and digits only. */
const PLAIN_USER = { name: 'joe', password: 'pass1' };

const daemons: Daemon[] = [];
after(() => Promise.all(daemons.map((daemon) => daemon.stop())));

async function start(kind: DaemonKind): Promise<Daemon> {
  const daemon = await Daemon.start(kind);
  daemons.push(daemon);
  return daemon;
}

const at = (daemon: Daemon): string => `127.0.0.1:${daemon.port}`;
const userinfo = ({ name, password }: typeof USER): string => `${name}:${encodeURIComponent(password)}@`;

// All of them before the first suite: hooks run when the suites so far are done.
const http = await start(tinyproxy(null));
const httpWithBasic = await start(tinyproxy(PLAIN_USER));
const socks = await start(microsocks(null));
const socksWithPassword = await start(microsocks(USER));
const https = await start(tlsBefore(http.port, 'server'));
const httpsSelfSigned = await start(tlsBefore(http.port, 'self-signed'));

const server = await Server.start(WS);
after(() => server.stop());
const nginx = await start(nginxOrigin(server.port, USER));
const nginxTls = await start(nginxOrigin(server.port, USER, true));
const apache = await start(apacheDigest(server.port, USER));
const site = await Site.open(WS);
after(() => site.close());
const [nobody = 0] = await freePorts(1);

const ca = pem('ca.pem');
/** No name may be looked up here: that is up to the proxy. */
const lookup: NonNullable<ConnectOptions['lookup']> = (name, _options, done) =>
  done(new Error(`${name} was looked up`), '', 0);

const PROXIES: readonly (readonly [string, NonNullable<ConnectOptions['proxy']>])[] = [
  [http.kind.name, `http://${at(http)}`],
  [httpWithBasic.kind.name, `http://${userinfo(PLAIN_USER)}${at(httpWithBasic)}`],
  [https.kind.name, { url: `https://${at(https)}`, tls: { ca } }],
  [httpsSelfSigned.kind.name, { url: `https://${at(httpsSelfSigned)}`, ignoreSslErrors: ['SelfSignedCertificate'] }],
  [socks.kind.name, `socks5://${at(socks)}`],
  [socksWithPassword.kind.name, `socks5h://${userinfo(USER)}${at(socksWithPassword)}`],
];

for (const [name, proxy] of PROXIES) {
  for (const way of site.targets) {
    const target = way.with(` through ${name}`, { proxy, lookup });
    suite(`${site.name}, ${target.name}`, () => {
      for (const { name, run } of [...MESSAGES, ...CLOSING]) test(name, { timeout: TEST_MS }, () => run(target));
    });
  }
}

const ports = {
  http: http.port,
  httpWithBasic: httpWithBasic.port,
  socks: socks.port,
  socksWithPassword: socksWithPassword.port,
  httpsSelfSigned: httpsSelfSigned.port,
  nobody,
  user: USER,
};
suite('proxies that refuse', () => {
  for (const { name, run } of REFUSALS) test(name, { timeout: TEST_MS }, () => run(ports));
});

const origins = { nginx: at(nginx), nginxTls: at(nginxTls), apache: at(apache), ca, user: USER };
suite('nginx and apache2', () => {
  for (const { name, run } of COMFORTS) test(name, { timeout: TEST_MS }, () => run(origins));
});
