// What secure-runtime.test.ts runs in a process of its own: a line for each task.
import tls from 'node:tls';
import { runtimeAnchors } from '../../src/api/anchors.js';
import { connect } from '../../src/api/connect.js';
import { type Ignore, TlsError } from '../../src/tls/index.js';
import { pem } from '../certs.js';

interface Task {
  readonly url?: string;
  readonly ignoreSslErrors?: Ignore;
  readonly ca?: string;
  readonly extraCa?: string;
  readonly setDefault?: string;
}

async function open(url: string, { ca, extraCa, ignoreSslErrors }: Task): Promise<string> {
  const anchors = { ...(ca !== undefined && { ca: pem(ca) }), ...(extraCa !== undefined && { extraCa: pem(extraCa) }) };
  try {
    const ws = await connect(url, { tls: anchors, ...(ignoreSslErrors !== undefined && { ignoreSslErrors }) });
    ws.terminate();
    return 'open';
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    return error.findings.map(({ keyword }) => keyword).join() || error.reason;
  }
}

function setDefault(file: string): string {
  const { setDefaultCACertificates } = tls as { setDefaultCACertificates?: (certificates: string[]) => void };
  setDefaultCACertificates?.([pem(file)]);
  return setDefaultCACertificates === undefined ? 'cannot' : 'set';
}

for (const task of JSON.parse(process.argv[2] as string) as Task[]) {
  if (task.url !== undefined) console.log(await open(task.url, task));
  else console.log(task.setDefault === undefined ? runtimeAnchors().length : setDefault(task.setDefault));
}
