import t from 'tap';
import { argumentError, ProtocolError } from '../../src/frames/error.js';
import { hex } from './support.js';

const facts = {
  code: 'WS_PROTOCOL_OPCODE',
  section: 'RFC 6455 5.2',
  closeCode: 1002,
  by: 'peer',
  offset: 17,
  header: hex('8300'),
} as const;

t.test('holds the facts, and the message tells them', async (t) => {
  const error = new ProtocolError('unknown opcode 0x3', facts);
  t.type(error, Error);
  t.match(error, { ...facts, name: 'ProtocolError' });
  t.equal(
    error.message,
    'unknown opcode 0x3 (RFC 6455 5.2, close code 1002, the peer broke it, byte 17 of the stream, frame header 8300)',
  );
  t.notOk('cause' in error, 'no cause, no property');
});

t.test('without a header; by us; with a cause', async (t) => {
  const cause = new RangeError('inner');
  const error = new ProtocolError('it failed', { ...facts, by: 'us', header: hex(''), cause });
  t.equal(error.message, 'it failed (RFC 6455 5.2, close code 1002, we broke it, byte 17 of the stream)');
  t.equal(error.cause, cause);
});

t.test('an argument error is ours and not about received bytes', async (t) => {
  const error = argumentError('close code 1 may not be sent', 'RFC 6455 7.4');
  t.type(error, ProtocolError);
  t.match(error, { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 7.4', closeCode: 1002, by: 'us', offset: -1 });
  t.equal(error.header.length, 0);
  t.equal(error.message, 'close code 1 may not be sent (RFC 6455 7.4)');
});
