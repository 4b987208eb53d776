import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pem } from '../certificates.js';
import type { DaemonKind } from './daemon.js';

/** User name and password that a proxy may ask for. */
export interface User {
  readonly name: string;
  readonly password: string;
}

/** An HTTP proxy; with a user it asks for Basic. */
export const tinyproxy = (user: User | null): DaemonKind => ({
  name: `tinyproxy${user === null ? '' : ' with Basic'}`,
  command: '/usr/bin/tinyproxy',
  configure(folder, port) {
    const path = join(folder, 'tinyproxy.conf');
    const lines = ['Listen 127.0.0.1', `Port ${port}`, 'Allow 127.0.0.1', 'Timeout 60', 'MaxClients 100'];
    if (user !== null) lines.push(`BasicAuth ${user.name} ${user.password}`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return ['-d', '-c', path];
  },
});

/** An HTTP proxy on TLS: haproxy with the certificate of this name before an HTTP proxy. */
export const tlsBefore = (proxyPort: number, certificate: string): DaemonKind => ({
  name: `haproxy (${certificate}) before an HTTP proxy`,
  command: '/usr/sbin/haproxy',
  configure(folder, port) {
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(join(folder, 'server.pem'), pem(`${certificate}.pem`) + pem(`${certificate}.key`));
    writeFileSync(
      path,
      `
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen tls
  bind 127.0.0.1:${port} ssl crt ${folder}/server.pem
  server proxy 127.0.0.1:${proxyPort}
`,
    );
    return ['-db', '-f', path];
  },
});

/** A SOCKS5 proxy; with a user it asks for user name and password (RFC 1929). */
export const microsocks = (user: User | null): DaemonKind => ({
  name: `microsocks${user === null ? '' : ' with a password'}`,
  command: '/usr/bin/microsocks',
  configure(_folder, port) {
    const asked = user === null ? [] : ['-u', user.name, '-P', user.password];
    return ['-i', '127.0.0.1', '-p', String(port), ...asked];
  },
});
