import { createInflateRaw } from 'node:zlib';
import t from 'tap';
import { type Keeper, KeptStreams, keptForReceiving, keptForSending, REFUSALS } from '../../src/frames/kept-streams.js';
import { aboutFastPath } from '../about-fast-path.js';

class Recorded implements Keeper {
  dropped = 0;
  readonly #streams: KeptStreams;

  constructor(streams: KeptStreams) {
    this.#streams = streams;
  }
  drop(): void {
    this.dropped++;
    this.#streams.leave(this);
  }
}

t.test('no more states than the limit, whoever asks', async (t) => {
  const streams = new KeptStreams(2);
  const keepers = [1, 2, 3].map(() => new Recorded(streams)) as [Recorded, Recorded, Recorded];
  const [a, b, c] = keepers;
  t.equal(streams.admit(a), true);
  t.equal(streams.admit(b), true);
  for (let i = 1; i < REFUSALS; i++) if (streams.admit(c)) t.fail(`admitted at ${i}`);
  t.strictSame(
    keepers.map((each) => each.dropped),
    [0, 0, 0],
  );
  t.equal(streams.admit(c), true, 'who goes on asking gets the oldest one');
  t.strictSame(
    keepers.map((each) => each.dropped),
    [1, 0, 0],
  );
  t.equal(streams.size, 2);
  t.equal(streams.admit(a), false);
  streams.leave(b);
  t.equal(streams.admit(a), true, 'there is room');
  streams.leave(a);
  streams.leave(c);
  t.equal(streams.size, 0);
});

t.test('busy connections beyond the limit do not take the states from each other all the time', async (t) => {
  const streams = new KeptStreams(10);
  const has = new Set<Keeper>();
  const keepers = Array.from({ length: 40 }, () => {
    const keeper: Keeper = {
      drop() {
        has.delete(keeper);
        streams.leave(keeper);
      },
    };
    return keeper;
  });
  let hits = 0;
  for (let round = 0; round < 100; round++) {
    for (const keeper of keepers) {
      if (has.has(keeper)) hits++;
      else if (streams.admit(keeper)) has.add(keeper);
    }
  }
  t.equal(hits > 900, true, `${hits} of 4000 messages found a state; if the oldest always had to go, none would`);
  t.equal(has.size, 10);
});

t.test('the shared ones are made once for each set of parameters', async (t) => {
  const streams = new KeptStreams(1);
  let made = 0;
  const make = () => {
    made++;
    return createInflateRaw();
  };
  const first = streams.shared('15', make);
  t.equal(streams.shared('15', make), first);
  t.not(streams.shared('12', make), first);
  t.equal(made, 2);
  streams.forget('15');
  streams.forget('nobody has it');
  t.not(streams.shared('15', make), first);
  t.equal(streams.size, 0);
  for (const key of ['12', '15']) streams.forget(key);
});

t.test('those of the process', aboutFastPath('kept-streams'), async (t) => {
  t.equal(keptForReceiving(), keptForReceiving());
  t.equal(keptForSending(), keptForSending());
  t.not(keptForSending(), keptForReceiving());
});
