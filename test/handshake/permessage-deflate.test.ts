import t from 'tap';
import { formatExtensions, parseExtensions } from '../../src/handshake/extensions.js';
import {
  acceptOffer,
  checkAcceptance,
  makeOffer,
  type PerMessageDeflateAgreement,
  type PerMessageDeflateOptions,
} from '../../src/handshake/permessage-deflate.js';
import { thrown } from './support.js';

const FULL: PerMessageDeflateAgreement = {
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
  clientMaxWindowBits: 15,
  serverMaxWindowBits: 15,
};
const BITS = [8, 9, 10, 11, 12, 13, 14, 15];

function offered(options: PerMessageDeflateOptions = {}): string {
  return formatExtensions([makeOffer(options)]);
}

function agreed(options: PerMessageDeflateOptions, response: string): PerMessageDeflateAgreement | null {
  return checkAcceptance(makeOffer(options), parseExtensions(response));
}

function answered(offers: string, options: PerMessageDeflateOptions = {}): string | null {
  const accepted = acceptOffer(parseExtensions(offers), options);
  return accepted && formatExtensions([accepted.response]);
}

t.test('RFC 7692 7.1: the offer', async (t) => {
  t.equal(offered(), 'permessage-deflate; client_max_window_bits');
  t.equal(offered({ clientMaxWindowBits: false }), 'permessage-deflate');
  t.equal(
    offered({ clientNoContextTakeover: false, serverNoContextTakeover: false, clientMaxWindowBits: false }),
    'permessage-deflate',
  );
  t.equal(
    offered({
      clientNoContextTakeover: true,
      serverNoContextTakeover: true,
      clientMaxWindowBits: 9,
      serverMaxWindowBits: 8,
    }),
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9',
  );
});

t.test('RFC 7692 7.1.2: window bits are 8 to 15', async (t) => {
  for (const bits of BITS) {
    t.match(
      offered({ serverMaxWindowBits: bits, clientMaxWindowBits: bits }),
      `server_max_window_bits=${bits}; client_max_window_bits=${bits}`,
    );
  }
  for (const bits of [7, 16, 0, -8, 8.5, Number.NaN]) {
    for (const name of ['clientMaxWindowBits', 'serverMaxWindowBits']) {
      t.match(
        thrown(() => makeOffer({ [name]: bits })),
        { code: 'WS_HANDSHAKE_OPTION', rule: name, value: String(bits) },
      );
      t.match(
        thrown(() => acceptOffer([], { [name]: bits })),
        { code: 'WS_HANDSHAKE_OPTION', rule: name },
      );
    }
  }
  t.match(
    thrown(() => makeOffer({ serverMaxWindowBits: false as unknown as number })),
    { rule: 'serverMaxWindowBits' },
  );
});

t.test('RFC 7692 5: a response without the extension declines it', async (t) => {
  t.equal(checkAcceptance(makeOffer(), []), null);
  t.equal(agreed({}, 'x-other; a=b'), null);
});

t.test('RFC 7692 7.1: a response without parameters', async (t) => {
  t.same(agreed({}, 'permessage-deflate'), FULL);
  t.same(agreed({}, 'x-other, permessage-deflate'), FULL);
});

t.test('RFC 7692 5: the extension is accepted once', async (t) => {
  const error = thrown(() => agreed({}, 'permessage-deflate, permessage-deflate'));
  t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'accepted-once' });
});

t.test('RFC 7692 7.1.1.1: server_no_context_takeover, asked for or not', async (t) => {
  const yes = { ...FULL, serverNoContextTakeover: true };
  t.same(agreed({}, 'permessage-deflate; server_no_context_takeover'), yes);
  t.same(agreed({ serverNoContextTakeover: true }, 'permessage-deflate; server_no_context_takeover'), yes);
  const error = thrown(() => agreed({ serverNoContextTakeover: true }, 'permessage-deflate'));
  t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'server-no-context-takeover', section: 'RFC 7692 7.1.1.1' });
});

t.test('RFC 7692 7.1.1.2: client_no_context_takeover, by the server or by ourselves', async (t) => {
  const yes = { ...FULL, clientNoContextTakeover: true };
  t.same(agreed({}, 'permessage-deflate; client_no_context_takeover'), yes);
  t.same(agreed({ clientNoContextTakeover: true }, 'permessage-deflate; client_no_context_takeover'), yes);
  t.same(agreed({ clientNoContextTakeover: true }, 'permessage-deflate'), yes);
});

t.test('RFC 7692 7.1.2.1: server_max_window_bits, not above what was asked for', async (t) => {
  for (const bits of BITS) {
    const response = `permessage-deflate; server_max_window_bits=${bits}`;
    t.same(agreed({}, response), { ...FULL, serverMaxWindowBits: bits });
    t.same(agreed({ serverMaxWindowBits: 15 }, response), { ...FULL, serverMaxWindowBits: bits });
    if (bits <= 10) t.same(agreed({ serverMaxWindowBits: 10 }, response), { ...FULL, serverMaxWindowBits: bits });
    else
      t.match(
        thrown(() => agreed({ serverMaxWindowBits: 10 }, response)),
        { rule: 'server-max-window-bits', value: String(bits) },
      );
  }
  const error = thrown(() => agreed({ serverMaxWindowBits: 10 }, 'permessage-deflate'));
  t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'server-max-window-bits', section: 'RFC 7692 7.1.2.1' });
});

t.test('RFC 7692 7.1.2.2: client_max_window_bits, only if offered and not above it', async (t) => {
  for (const bits of BITS) {
    const response = `permessage-deflate; client_max_window_bits=${bits}`;
    t.same(agreed({}, response), { ...FULL, clientMaxWindowBits: bits });
    if (bits <= 10) t.same(agreed({ clientMaxWindowBits: 10 }, response), { ...FULL, clientMaxWindowBits: bits });
    else
      t.match(
        thrown(() => agreed({ clientMaxWindowBits: 10 }, response)),
        { rule: 'client-max-window-bits', value: String(bits) },
      );
    const error = thrown(() => agreed({ clientMaxWindowBits: false }, response));
    t.match(error, {
      code: 'WS_HANDSHAKE_EXTENSIONS',
      rule: 'client-max-window-bits-offered',
      section: 'RFC 7692 7.1.2.2',
    });
  }
  t.same(
    agreed({ clientMaxWindowBits: 10 }, 'permessage-deflate'),
    { ...FULL, clientMaxWindowBits: 10 },
    'we keep to what we said',
  );
});

const MALFORMED = [
  ['server_no_context_takeover; server_no_context_takeover', 'parameter-once'],
  ['client_max_window_bits=9; client_max_window_bits=9', 'parameter-once'],
  ['server_no_context_takeover=1', 'parameter-value'],
  ['client_no_context_takeover=true', 'parameter-value'],
  ['server_max_window_bits', 'window-bits'],
  ['server_max_window_bits=7', 'window-bits'],
  ['server_max_window_bits=16', 'window-bits'],
  ['server_max_window_bits=08', 'window-bits'],
  ['server_max_window_bits=010', 'window-bits'],
  ['server_max_window_bits=8.0', 'window-bits'],
  ['server_max_window_bits=0xA', 'window-bits'],
  ['server_max_window_bits=+9', 'window-bits'],
  ['client_max_window_bits=7', 'window-bits'],
  ['client_max_window_bits=16', 'window-bits'],
  ['client_max_window_bits=09', 'window-bits'],
  ['client_max_window_bits=100', 'window-bits'],
  ['unknown', 'parameter-known'],
  ['server_max_window_bits=9; x=1', 'parameter-known'],
  ['Server_No_Context_Takeover', 'parameter-known'],
  ['__proto__', 'parameter-known'],
] as const;

t.test('RFC 7692 7.1: a response with unknown, doubled or wrong parameters fails', async (t) => {
  for (const [params, rule] of [...MALFORMED, ['client_max_window_bits', 'window-bits'] as const]) {
    const error = thrown(() => agreed({}, `permessage-deflate; ${params}`));
    t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule }, params);
  }
});

t.test(
  'RFC 7692 7.1: a server declines an offer with unknown, doubled or wrong parameters, and takes the next',
  async (t) => {
    for (const [params] of MALFORMED) {
      t.equal(answered(`permessage-deflate; ${params}`), null, params);
      t.equal(
        answered(`permessage-deflate; ${params}, x, permessage-deflate; server_max_window_bits=9`),
        'permessage-deflate; server_max_window_bits=9',
      );
    }
    t.equal(answered('x-other'), null);
  },
);

t.test('RFC 7692 7.1.3: a server takes the first offer it can meet', async (t) => {
  t.equal(
    answered('permessage-deflate; server_max_window_bits=10, permessage-deflate'),
    'permessage-deflate; server_max_window_bits=10',
  );
  t.equal(answered('permessage-deflate, permessage-deflate; client_max_window_bits'), 'permessage-deflate');
});

t.test('RFC 7692 7.1.1: a server answers both no_context_takeover, asked for or wanted', async (t) => {
  for (const [offer, options, response] of [
    ['server_no_context_takeover', {}, 'server_no_context_takeover'],
    ['client_no_context_takeover', {}, 'client_no_context_takeover'],
    ['client_max_window_bits', { serverNoContextTakeover: true }, 'server_no_context_takeover'],
    ['client_max_window_bits', { clientNoContextTakeover: true }, 'client_no_context_takeover'],
  ] as const) {
    t.equal(answered(`permessage-deflate; ${offer}`, options), `permessage-deflate; ${response}`);
  }
});

t.test('RFC 7692 7.1.2: a server answers the smaller window of both sides', async (t) => {
  for (const asked of BITS) {
    for (const limit of BITS) {
      const least = Math.min(asked, limit);
      const options = { serverMaxWindowBits: limit };
      t.equal(
        answered(`permessage-deflate; server_max_window_bits=${asked}`, options),
        `permessage-deflate; server_max_window_bits=${least}`,
      );
      const client = answered(`permessage-deflate; client_max_window_bits=${asked}`, { clientMaxWindowBits: limit });
      t.equal(client, least === 15 ? 'permessage-deflate' : `permessage-deflate; client_max_window_bits=${least}`);
    }
  }
  t.equal(answered('permessage-deflate', { serverMaxWindowBits: 9 }), 'permessage-deflate; server_max_window_bits=9');
  t.equal(
    answered('permessage-deflate; client_max_window_bits', { clientMaxWindowBits: 9 }),
    'permessage-deflate; client_max_window_bits=9',
  );
  t.equal(answered('permessage-deflate; client_max_window_bits', { clientMaxWindowBits: false }), 'permessage-deflate');
});

t.test('RFC 7692 7.1.2.2: a client that did not offer client_max_window_bits cannot be limited', async (t) => {
  t.equal(answered('permessage-deflate', { clientMaxWindowBits: 9 }), null);
  t.equal(
    answered('permessage-deflate, permessage-deflate; client_max_window_bits', { clientMaxWindowBits: 9 }),
    'permessage-deflate; client_max_window_bits=9',
  );
  t.equal(answered('permessage-deflate', { clientMaxWindowBits: 15 }), 'permessage-deflate');
});

t.test('both sides come to the same agreement, for every combination', async (t) => {
  const choices = [undefined, 8, 12, 15];
  let count = 0;
  for (let index = 0; index < 4 * 4 * 4 * 4 * 16; index += 1) {
    const flag = (bit: number): boolean => ((index >> bit) & 1) === 1;
    const choice = (shift: number): number | undefined => choices[(index >> shift) & 3];
    const client = {
      clientNoContextTakeover: flag(0),
      serverNoContextTakeover: flag(1),
      clientMaxWindowBits: choice(4),
      serverMaxWindowBits: choice(6),
    };
    const server = {
      clientNoContextTakeover: flag(2),
      serverNoContextTakeover: flag(3),
      clientMaxWindowBits: choice(8),
      serverMaxWindowBits: choice(10),
    };
    const offer = makeOffer(client);
    const accepted = acceptOffer([offer], server);
    if (!accepted) throw new Error('declined');
    if (JSON.stringify(checkAcceptance(offer, [accepted.response])) === JSON.stringify(accepted.agreed)) count += 1;
  }
  t.equal(count, 4096);
});
