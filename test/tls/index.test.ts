import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import * as tls from '../../src/tls/index.js';

t.test('what the folder exports', async (t) => {
  const expected = [
    'ADVICE',
    'OPENSSL_CODES',
    'SSL_ERROR_KEYWORDS',
    'TlsError',
    'certificateRefused',
    'checkPins',
    'describeBytes',
    'findingsText',
    'handshakeFailed',
    'isClean',
    'isKeyword',
    'keywordOf',
    'matchesHostName',
    'nearestKeyword',
    'parseClientCertificate',
    'parseHostName',
    'parseIgnore',
    'parsePins',
    'parseTlsOptions',
    'pinOf',
    'presentedNames',
  ];
  for (const name of expected) t.ok(name in tls, name);
});

t.test('the folder is pure: no socket, no clock, no file', async (t) => {
  const folder = fileURLToPath(new URL('../../../src/tls/', import.meta.url));
  for (const file of readdirSync(folder)) {
    const text = readFileSync(`${folder}${file}`, 'utf8');
    for (const [line, types, from = ''] of text.matchAll(/^(?:import|export)( type)?[^;]*?from '([^']+)'/gms)) {
      const pure = /^(\.\/[\w-]+\.js|node:(crypto|url|buffer))$/.test(from);
      t.ok(pure || (types !== undefined && from === 'node:tls'), `${file}: ${line}`);
    }
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
    t.notMatch(code, /Date\.now|new Date\(\)|performance\.|process\.(?!getBuiltinModule\('node:crypto'\))/, file);
  }
});
