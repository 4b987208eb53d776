/** What a payload is made of: ASCII text, text of mixed scripts (its size counted in bytes), or bytes. */
export type Kind = 'text' | 'utf8' | 'bin';

interface Common {
  readonly name: string;
  /** wss: with a certificate that verifies, not ws: */
  readonly tls: boolean;
  /** permessage-deflate offered, and every message compressed */
  readonly deflate: boolean;
}

interface Messages {
  readonly size: number;
  readonly kind: Kind;
}

/** The server streams n messages. */
export type Receive = Common & Messages & { readonly type: 'recv' };
/** The client sends n messages, `burst` of them in one tick. */
export type Send = Common & Messages & { readonly type: 'send'; readonly burst: number };
/** Each reply is answered by the next message, `flight` of them under way at a time. */
export type Echo = Common & Messages & { readonly type: 'echo'; readonly flight: number };
/** Each message goes to every one of `fan` connections in the same tick, `burst` messages a tick. */
export type Broadcast = Common &
  Messages & { readonly type: 'broadcast'; readonly fan: number; readonly burst: number };
/** n times in a row: connect, open, closing handshake, closed. `resume`: resume the TLS session. */
export type Connect = Common & { readonly type: 'connect'; readonly resume: boolean };
/** What one of `n` idle connections costs in memory. */
export type Idle = Common & { readonly type: 'idle'; readonly n: number };
/** What `import` costs in a process of its own. */
export type Import = Common & { readonly type: 'import' };

export type Scenario = Receive | Send | Echo | Broadcast | Connect | Idle | Import;

const MIB = 1 << 20;
const plain = { tls: false, deflate: false } as const;

const MESSAGES: readonly Messages[] = [
  { size: 16, kind: 'text' },
  { size: 128, kind: 'text' },
  { size: 128, kind: 'utf8' },
  { size: 1024, kind: 'text' },
  { size: 16, kind: 'bin' },
  { size: 128, kind: 'bin' },
  { size: 1024, kind: 'bin' },
  { size: 65536, kind: 'bin' },
  { size: 65536, kind: 'text' },
  { size: MIB, kind: 'bin' },
];

/** As many messages of a tick as fit 256 KiB, from 1 to 100. */
const burstOf = (size: number): number => Math.max(1, Math.min(100, Math.floor((256 * 1024) / size)));

function transfers(tls: boolean): Scenario[] {
  const end = tls ? '-tls' : '';
  return MESSAGES.flatMap(({ size, kind }): Scenario[] => [
    { ...plain, tls, name: `recv-${kind}-${size}${end}`, type: 'recv', size, kind },
    { ...plain, tls, name: `send-${kind}-${size}${end}`, type: 'send', size, kind, burst: burstOf(size) },
  ]);
}

function echoes(tls: boolean): Scenario[] {
  const end = tls ? '-tls' : '';
  const text = [16, 1024].flatMap((size): Scenario[] =>
    [1, 64].map((flight) => ({
      ...plain,
      tls,
      name: `echo${flight}-text-${size}${end}`,
      type: 'echo',
      size,
      kind: 'text',
      flight,
    })),
  );
  return [...text, { ...plain, tls, name: `echo1-bin-65536${end}`, type: 'echo', size: 65536, kind: 'bin', flight: 1 }];
}

function lives(tls: boolean): Scenario[] {
  const end = tls ? '-tls' : '';
  return [
    { ...plain, tls, name: `connect${end}`, type: 'connect', resume: false },
    { ...plain, tls, name: `idle${end}`, type: 'idle', n: tls ? 2000 : 5000 },
  ];
}

function compressed(): Scenario[] {
  return [128, 1024, 65536].flatMap((size): Scenario[] => [
    { ...plain, deflate: true, name: `recv-deflate-${size}`, type: 'recv', size, kind: 'text' },
    {
      ...plain,
      deflate: true,
      name: `send-deflate-${size}`,
      type: 'send',
      size,
      kind: 'text',
      burst: size > 4096 ? 4 : 50,
    },
  ]);
}

const ALL: readonly Scenario[] = [
  ...[false, true].flatMap((tls) => [...transfers(tls), ...echoes(tls), ...lives(tls)]),
  { ...plain, name: 'send1-text-16', type: 'send', size: 16, kind: 'text', burst: 1 },
  { ...plain, name: 'broadcast-text-128', type: 'broadcast', size: 128, kind: 'text', fan: 64, burst: 16 },
  { ...plain, tls: true, name: 'connect-tls-resume', type: 'connect', resume: true },
  { ...plain, deflate: true, name: 'idle-deflate', type: 'idle', n: 5000 },
  ...compressed(),
  { ...plain, name: 'import', type: 'import' },
];

/** Every scenario by its name, in the order of `--list`. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(ALL.map((scenario) => [scenario.name, scenario]));

const QUICK = [
  'recv-text-16',
  'recv-text-128',
  'recv-bin-1024',
  'recv-bin-65536',
  'recv-bin-1048576',
  'send-text-16',
  'send-text-128',
  'send-bin-1024',
  'send-bin-65536',
  'send-bin-1048576',
  'echo1-text-16',
  'echo64-text-16',
];

/**
 * The scenarios that a list of words means: `all`, `quick`, `table` (what `table` holds), a scenario's name, or the
 * beginning of names up to a hyphen (`recv`, `send-bin`). Each scenario comes once. Throws on a word that means nothing.
 */
export function selectScenarios(words: readonly string[], table: readonly string[]): Scenario[] {
  const names = words.flatMap((word) => {
    if (word === 'all') return [...SCENARIOS.keys()];
    if (word === 'quick') return QUICK;
    if (word === 'table') return table;
    if (SCENARIOS.has(word)) return [word];
    const beginning = [...SCENARIOS.keys()].filter((name) => name.startsWith(`${word}-`));
    if (beginning.length === 0) throw new Error(`no scenario is called ${word}; --list names them`);
    return beginning;
  });
  return [...new Set(names)].map((name) => {
    const scenario = SCENARIOS.get(name);
    if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
    return scenario;
  });
}
