import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf, pem } from './certificates.js';
import { Child } from './child.js';
import { freePorts, listening } from './ports.js';
import { makeFolder, removeFolder } from './temp.js';
import { within } from './within.js';

/** A program that speaks TLS to the client, and plain HTTP to the server behind it. */
export interface TlsProxyKind {
  readonly name: string;
  readonly command: string;
  /** The status and a part of the page with which it answers at /forbidden and /dead itself. */
  readonly pages: readonly { readonly path: string; readonly status: number; readonly body: RegExp }[];
  /** Writes its files into a folder and tells its arguments. */
  configure(folder: string, ports: TlsProxyPorts): readonly string[];
}

export interface TlsProxyPorts {
  /** Shows the certificate `server`, issued by `ca`. */
  readonly trusted: number;
  /** Shows the certificate `self-signed`. */
  readonly selfSigned: number;
  readonly server: number;
}

const nginxServer = (port: number, certificate: string, folder: string, server: number): string => `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${pathOf(`${certificate}.pem`)};
    ssl_certificate_key ${pathOf(`${certificate}.key`)};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    location / { proxy_pass http://127.0.0.1:${server}; }
    location = /forbidden { return 403; }
    location = /dead { proxy_pass http://unix:${folder}/nobody-listens.sock; }
  }`;

/** One process in the foreground, which writes to its own folder alone. */
const nginxConfiguration = (folder: string, { trusted, selfSigned, server }: TlsProxyPorts): string => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${nginxServer(trusted, 'server', folder, server)}
  ${nginxServer(selfSigned, 'self-signed', folder, server)}
}
`;

export const NGINX: TlsProxyKind = {
  name: 'nginx',
  command: '/usr/sbin/nginx',
  pages: [
    { path: '/forbidden', status: 403, body: /<h1>403 Forbidden<\/h1>[\s\S]*nginx/ },
    { path: '/dead', status: 502, body: /<h1>502 Bad Gateway<\/h1>[\s\S]*nginx/ },
  ],
  configure(folder, ports) {
    const path = join(folder, 'nginx.conf');
    writeFileSync(path, nginxConfiguration(folder, ports));
    return ['-e', 'stderr', '-p', folder, '-c', path];
  },
};

const haproxyConfiguration = (folder: string, { trusted, selfSigned, server }: TlsProxyPorts): string => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend tls
  bind 127.0.0.1:${trusted} ssl crt ${folder}/server.pem
  bind 127.0.0.1:${selfSigned} ssl crt ${folder}/self-signed.pem
  http-request deny deny_status 403 if { path /forbidden }
  use_backend dead if { path /dead }
  default_backend server
backend server
  server server 127.0.0.1:${server}
backend dead
`;

export const HAPROXY: TlsProxyKind = {
  name: 'haproxy',
  command: '/usr/sbin/haproxy',
  pages: [
    { path: '/forbidden', status: 403, body: /<h1>403 Forbidden<\/h1>/ },
    { path: '/dead', status: 503, body: /<h1>503 Service Unavailable<\/h1>/ },
  ],
  configure(folder, ports) {
    const path = join(folder, 'haproxy.cfg');
    for (const name of ['server', 'self-signed']) {
      writeFileSync(join(folder, `${name}.pem`), pem(`${name}.pem`) + pem(`${name}.key`));
    }
    writeFileSync(path, haproxyConfiguration(folder, ports));
    return ['-db', '-f', path];
  },
};

const START_MS = 10_000;
const ATTEMPTS = 3;

/** A proxy that runs, before a server. */
export class TlsProxy {
  readonly kind: TlsProxyKind;
  readonly ports: TlsProxyPorts;
  readonly #child: Child;
  readonly #folder: string;

  private constructor(kind: TlsProxyKind, server: number, [trusted = 0, selfSigned = 0]: readonly number[]) {
    this.kind = kind;
    this.ports = { trusted, selfSigned, server };
    this.#folder = makeFolder();
    this.#child = new Child(kind.command, kind.configure(this.#folder, this.ports));
  }

  /** Starts it. Neither program takes port 0, so it is started anew if another program took a port first. */
  static async start(kind: TlsProxyKind, server: number): Promise<TlsProxy> {
    for (let attempt = 1; ; attempt++) {
      const proxy = new TlsProxy(kind, server, await freePorts(2));
      try {
        await proxy.#started();
        return proxy;
      } catch (error) {
        await proxy.stop();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #started(): Promise<void> {
    const over = new AbortController();
    const { trusted, selfSigned } = this.ports;
    const ready = Promise.all([listening(trusted, over.signal), listening(selfSigned, over.signal)]);
    try {
      await within(START_MS, `${this.kind.name} to listen`, Promise.race([ready, this.#child.failed()]));
    } finally {
      over.abort();
    }
  }

  async stop(): Promise<void> {
    await this.#child.stop();
    removeFolder(this.#folder);
  }
}
