import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../certificates.js';
import type { DaemonKind } from './daemon.js';
import type { User } from './forward.js';

const nginxConfiguration = (folder: string, port: number, server: number, ssl: boolean): string => `
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
  server {
    listen 127.0.0.1:${port}${ssl ? ' ssl' : ''};
    ${ssl ? `ssl_certificate ${pathOf('server.pem')}; ssl_certificate_key ${pathOf('server.key')};` : ''}
    absolute_redirect off;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    location / { proxy_pass http://127.0.0.1:${server}; }
    location = /private {
      auth_basic "interop";
      auth_basic_user_file ${folder}/users;
      proxy_pass http://127.0.0.1:${server}/echo;
    }
    location = /moved { return 301 /header?name=cookie; }
    location = /away { return 307 http://$arg_to; }
    location = /loop { return 302 /loop; }
    location = /busy { add_header Retry-After 7 always; return 503; }
  }
}
`;

/**
 * nginx before a server. It asks for Basic at /private, redirects at /moved within the origin, at /away to the url in `to` and at
 * /loop to itself, and is /busy.
 */
export const nginxOrigin = (server: number, user: User, ssl = false): DaemonKind => ({
  name: 'nginx',
  command: '/usr/sbin/nginx',
  configure(folder, port) {
    const path = join(folder, 'nginx.conf');
    writeFileSync(path, nginxConfiguration(folder, port, server, ssl));
    writeFileSync(join(folder, 'users'), `${user.name}:{PLAIN}${user.password}\n`);
    return ['-e', 'stderr', '-p', folder, '-c', path];
  },
});

const MODULES = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_digest',
  'proxy',
  'proxy_wstunnel',
];

const apacheConfiguration = (folder: string, port: number, server: number): string => `
ServerRoot ${folder}
PidFile ${folder}/pid
ServerName localhost
Listen 127.0.0.1:${port}
ErrorLog ${folder}/error.log
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
User www-data
Group www-data
<Location "/">
  AuthType Digest
  AuthName "interop"
  AuthDigestProvider file
  AuthUserFile ${folder}/users
  Require valid-user
</Location>
ProxyPass "/" "ws://127.0.0.1:${server}/"
`;

/** Apache before a server. It asks for Digest everywhere. */
export const apacheDigest = (server: number, user: User): DaemonKind => ({
  name: 'apache2',
  command: '/usr/sbin/apache2',
  configure(folder, port) {
    const path = join(folder, 'apache2.conf');
    writeFileSync(path, apacheConfiguration(folder, port, server));
    const secret = createHash('md5').update(`${user.name}:interop:${user.password}`).digest('hex');
    writeFileSync(join(folder, 'users'), `${user.name}:interop:${secret}\n`);
    // It gives up its rights before it reads the file.
    chmodSync(folder, 0o755);
    return ['-D', 'FOREGROUND', '-f', path];
  },
});
