import t from 'tap';
import * as opcode from '../../src/frames/opcode.js';

t.test('the opcodes of RFC 6455 5.2 and 11.8', async (t) => {
  const { CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG } = opcode;
  t.strictSame([CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG], [0, 1, 2, 8, 9, 10]);
});

t.test('control opcodes are those with the most significant bit (RFC 6455 5.5)', async (t) => {
  for (let code = 0; code < 16; code++) t.equal(opcode.isControl(code), code >= 8, `0x${code.toString(16)}`);
});
