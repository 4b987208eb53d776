import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import t from 'tap';
import { runtimeAnchors } from '../../src/api/anchors.js';
import { pem } from '../certs.js';

/** Runs with `tls.getCACertificates` as it is given; `undefined` is Node 20. */
function withRuntime<T>(getCACertificates: ((type: string) => string[]) | undefined, run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(tls, 'getCACertificates');
  Object.defineProperty(tls, 'getCACertificates', { value: getCACertificates, configurable: true, writable: true });
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(tls, 'getCACertificates');
    else Object.defineProperty(tls, 'getCACertificates', before);
  }
}

function withFile<T>(file: string | undefined, run: () => T): T {
  const before = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined) delete process.env['NODE_EXTRA_CA_CERTS'];
  else process.env['NODE_EXTRA_CA_CERTS'] = file;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env['NODE_EXTRA_CA_CERTS'];
    else process.env['NODE_EXTRA_CA_CERTS'] = before;
  }
}

t.test('a runtime that can tell', async (t) => {
  const asked: string[] = [];
  const tell = (type: string): string[] => {
    asked.push(type);
    return ['a', 'b'];
  };
  t.same(
    withRuntime(tell, () => runtimeAnchors()),
    ['a', 'b'],
  );
  t.same(asked, ['default']);
});

t.test('a runtime that cannot: its own anchors, and those of NODE_EXTRA_CA_CERTS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'anchors-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'extra.pem');
  writeFileSync(file, pem('ca.pem') + pem('unknown-ca.pem'));
  const roots = [...tls.rootCertificates];
  const seen = (extra: string | undefined): readonly string[] =>
    withRuntime(undefined, () => withFile(extra, runtimeAnchors));
  t.same(seen(file), [...roots, pem('ca.pem') + pem('unknown-ca.pem')]);
  t.same(seen(undefined), roots);
  t.same(seen(''), roots);
  t.same(seen(join(folder, 'missing.pem')), roots, 'Node does without it, too');
});

t.test('this runtime', async (t) => {
  t.ok(runtimeAnchors().length >= tls.rootCertificates.length);
});
