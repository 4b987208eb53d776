import t from 'tap';
import * as frames from '../../src/frames/index.js';

t.test('the public names of the frame codec', async (t) => {
  const names = `ABNORMAL_CLOSURE BINARY CLOSE CONTINUATION GOING_AWAY
    INVALID_PAYLOAD MAX_FRAGMENTS MAX_HEADER_LENGTH MAX_MESSAGE_BYTES MAX_REASON_BYTES
    MESSAGE_TOO_BIG NORMAL_CLOSURE NO_STATUS_RECEIVED PING POLICY_VIOLATION PONG PROTOCOL_ERROR ProtocolError
    Reader TEXT Writer checkHeader checkUtf8 createMaskingKeys createSimdMemory createSlotPool decodeClosePayload
    decodeHeader encodeClosePayload encodeHeader headerLengthFor isCloseCode isControl mask nameOfCloseCode`;
  t.strictSame(Object.keys(frames).sort(), names.split(/\s+/).sort());
});

t.test('the defaults of the limits', async (t) => {
  t.equal(frames.MAX_MESSAGE_BYTES, 16 * 1024 * 1024);
  t.equal(frames.MAX_FRAGMENTS, 131072);
});
