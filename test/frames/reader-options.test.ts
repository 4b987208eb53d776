import { constants } from 'node:buffer';
import t from 'tap';
import { BINARY, TEXT } from '../../src/frames/opcode.js';
import { longestMessage, MAX_FRAGMENTS, MAX_MESSAGE_BYTES, rulesOf } from '../../src/frames/reader-options.js';

t.test('what is not given has its default', async (t) => {
  t.same(rulesOf({}), { role: 'client', maxMessageBytes: MAX_MESSAGE_BYTES, maxFragments: MAX_FRAGMENTS });
  const given = { role: 'server', maxMessageBytes: 0, maxFragments: 1 } as const;
  t.same(rulesOf(given), given);
});

t.test('the same options share their rules, others do not change them', async (t) => {
  const rules = rulesOf({ maxFragments: 7 });
  t.equal(rulesOf({ role: 'client', maxFragments: 7, maxMessageBytes: MAX_MESSAGE_BYTES }), rules);
  for (const other of [{ maxFragments: 8 }, { maxFragments: 7, maxMessageBytes: 1 }, { role: 'server' } as const]) {
    t.match(rulesOf(other), other);
  }
  t.same(rules, { role: 'client', maxMessageBytes: MAX_MESSAGE_BYTES, maxFragments: 7 });
});

t.test('a limit that is none is refused, and named', async (t) => {
  const facts = { code: 'WS_PROTOCOL_ARGUMENT', by: 'us' };
  t.throws(() => rulesOf({ maxMessageBytes: NaN }), { ...facts, section: 'option maxMessageBytes', message: /NaN/ });
  t.throws(() => rulesOf({ maxMessageBytes: -1 }), { ...facts, message: /at least 0 is needed/ });
  t.throws(() => rulesOf({ maxFragments: 0 }), { ...facts, section: 'option maxFragments', message: /at least 1/ });
  t.throws(() => rulesOf({ maxFragments: '5' as unknown as number }), facts);
});

t.test('no message is longer than what Node can make', async (t) => {
  const endless = rulesOf({ maxMessageBytes: Infinity });
  t.equal(longestMessage(endless, TEXT), constants.MAX_STRING_LENGTH);
  t.equal(longestMessage(endless, BINARY), constants.MAX_LENGTH);
  t.equal(longestMessage(rulesOf({ maxMessageBytes: 5 }), TEXT), 5);
});
