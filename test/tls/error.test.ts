import t from 'tap';
import { TlsError } from '../../src/tls/error.js';

t.test('the fields and their defaults', async (t) => {
  const error = new TlsError('WS_TLS_OPTION', 'pin is wrong', { option: 'pin' });
  t.ok(error instanceof Error && error instanceof TlsError);
  t.equal(error.name, 'TlsError');
  t.equal(Object.hasOwn(error, 'name'), false);
  t.match(error.stack, /^TlsError: pin is wrong\n/);
  t.equal(Object.hasOwn(error, 'cause'), false);
  const { code, findings, chain, hostName, presentedNames, acceptedBy, reason, address, option } = error;
  t.same(
    { code, findings, chain, hostName, presentedNames, acceptedBy, reason, address, option },
    {
      code: 'WS_TLS_OPTION',
      findings: [],
      chain: [],
      hostName: null,
      presentedNames: [],
      acceptedBy: null,
      reason: 'pin is wrong',
      address: undefined,
      option: 'pin',
    },
  );
});
