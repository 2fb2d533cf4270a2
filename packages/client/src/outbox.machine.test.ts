import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox, type Outgoing } from './outbox.machine.ts';

interface Letter extends Outgoing {
  readonly name: number;
}

const wide = { messages: 1000, bytes: 1e9 };
const letter = (name: number, bytes = 10, id?: string): Letter => ({
  name,
  seq: 0,
  bytes,
  ...(id !== undefined && { id }),
});
const drain = (outbox: Outbox<Letter>, window = wide, maxBytes = 1e9): Letter[] => {
  const sent: Letter[] = [];
  for (let next = outbox.next(window, maxBytes); next; next = outbox.next(window, maxBytes)) sent.push(next);
  return sent;
};

describe('the outbox', () => {
  it('numbers from 1 when first sent, and is bounded in messages and bytes', () => {
    const outbox = new Outbox<Letter>({ messages: 3, bytes: 25 });
    expect([letter(1), letter(2), letter(3)].map((one) => outbox.add(one))).toEqual([true, true, false]);
    expect(drain(outbox).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(outbox.add(letter(4, 5))).toBe(true);
    expect(outbox.add(letter(5, 0))).toBe(false);
    expect([outbox.messages, outbox.bytes, outbox.nextSeq]).toEqual([3, 25, 3]);
  });

  it('keeps to the window in messages and bytes, and lets a large message go alone', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const bytes of [10, 10, 100, 10]) outbox.add(letter(bytes, bytes));
    const window = { messages: 2, bytes: 50 };
    expect(drain(outbox, window)).toHaveLength(2);
    outbox.result(1, 1);
    expect(drain(outbox, window)).toHaveLength(0);
    outbox.result(2, 2);
    expect(drain(outbox, window).map(({ bytes }) => bytes)).toEqual([100]);
    outbox.result(3, 3);
    expect(drain(outbox, window)).toHaveLength(1);
  });

  it('hands back unnumbered what is too large for the server', () => {
    const outbox = new Outbox<Letter>(wide);
    outbox.add(letter(1, 200));
    outbox.add(letter(2));
    expect(drain(outbox, wide, 100).map(({ name, seq }) => [name, seq])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(outbox.bytes).toBe(10);
  });

  it('confirms up to the first result that is missing', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2, 3, 4]) outbox.add(letter(name));
    drain(outbox);
    expect(outbox.confirmed).toBe(0);
    expect(outbox.result(2, 3).map(({ name }) => name)).toEqual([2, 3]);
    expect(outbox.confirmed).toBe(0);
    outbox.result(1, 1);
    expect(outbox.confirmed).toBe(3);
    expect(outbox.result(1, 2)).toEqual([]);
  });

  it('resends after a resume what the server has not handled, with its number, once the results that it owes are in', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2, 3]) outbox.add(letter(name));
    drain(outbox);
    outbox.result(2, 2);
    expect(outbox.resumed(1)).toBe(true);
    outbox.add(letter(4));
    expect(drain(outbox)).toEqual([]);
    outbox.result(1, 1);
    expect(drain(outbox, { messages: 2, bytes: 1000 }).map(({ name, seq }) => [name, seq])).toEqual([
      [3, 3],
      [4, 4],
    ]);
    outbox.add(letter(5));
    expect(drain(outbox, { messages: 2, bytes: 1000 })).toEqual([]);
    outbox.result(3, 3);
    expect(drain(outbox, { messages: 2, bytes: 1000 })).toHaveLength(1);
    expect(outbox.resumed(0)).toBe(true);
    expect(drain(outbox, { messages: 1, bytes: 1000 })).toHaveLength(1);
    expect(drain(outbox, { messages: 1, bytes: 1000 })).toHaveLength(0);
  });

  it('goes on in order when a refusal of a drain comes only after the resume', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2, 3]) outbox.add(letter(name));
    drain(outbox);
    outbox.add(letter(4));
    // The server refused 1 and 2, then the connection was cut; 3 never arrived.
    expect(outbox.resumed(2)).toBe(true);
    expect(drain(outbox)).toEqual([]);
    outbox.takeBack(1);
    outbox.takeBack(2);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([
      [1, 3],
      [2, 4],
      [3, 5],
      [4, 6],
    ]);
  });

  it('refuses to go on when the numbers cannot be ours', () => {
    const outbox = new Outbox<Letter>(wide);
    expect(outbox.resumed(1)).toBe(false);
    outbox.restore(5);
    expect(outbox.resumed(3)).toBe(false);
    outbox.restore(5);
    expect(outbox.resumed(4)).toBe(true);
    expect(outbox.confirmed).toBe(4);
  });

  it('gives up, with the session, what was sent without an id, and renumbers the rest', () => {
    const outbox = new Outbox<Letter>(wide);
    outbox.add(letter(1));
    outbox.add(letter(2, 10, 'id'));
    drain(outbox);
    outbox.add(letter(3));
    expect(outbox.lost().map(({ name }) => name)).toEqual([1]);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([
      [2, 1],
      [3, 2],
    ]);
    expect(outbox.bytes).toBe(20);
  });

  it('sends nothing new while it is held, but resends and counts what is in flight', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2]) outbox.add(letter(name));
    drain(outbox);
    outbox.add(letter(3));
    outbox.resumed(0);
    expect(outbox.next(wide, 1e9)?.name).toBe(1);
    outbox.hold();
    expect(drain(outbox).map(({ name }) => name)).toEqual([2]);
    expect(outbox.busy).toBe(true);
    outbox.result(1, 2);
    expect([outbox.busy, outbox.messages]).toEqual([false, 1]);
    outbox.resumed(2);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([[3, 3]]);
  });

  it('renumbers on the next connection what the server took back, in its old place', () => {
    for (const recorded of [2, 3]) {
      const outbox = new Outbox<Letter>(wide);
      for (const name of [1, 2, 3]) outbox.add(letter(name));
      drain(outbox);
      outbox.add(letter(4));
      outbox.result(1, 1);
      outbox.takeBack(3);
      outbox.takeBack(3);
      expect(drain(outbox)).toEqual([]);
      expect([outbox.messages, outbox.bytes, outbox.busy]).toEqual([3, 30, true]);
      outbox.result(2, 2);
      expect(outbox.confirmed).toBe(3);
      // Whether the server has the refusal in its record or not: its next number is one more than what it has.
      expect(outbox.resumed(recorded)).toBe(true);
      expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([
        [3, recorded + 1],
        [4, recorded + 2],
      ]);
    }
  });

  it('keeps the order of what was taken back and what followed it but never arrived', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2]) outbox.add(letter(name));
    drain(outbox);
    outbox.takeBack(1);
    expect(outbox.resumed(1)).toBe(true);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it('does not send again what was taken back when nobody waits for it any more', () => {
    const outbox = new Outbox<Letter>(wide);
    const [left, kept] = [letter(1), letter(2)];
    for (const one of [left, kept]) outbox.add(one);
    drain(outbox);
    expect(outbox.cancel(left)).toBe(false);
    outbox.takeBack(1);
    outbox.takeBack(2);
    expect([outbox.messages, outbox.bytes]).toEqual([1, 10]);
    outbox.resumed(2);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([[2, 3]]);
  });

  it('keeps the order of what was taken back and what carries an id when the session is lost', () => {
    const outbox = new Outbox<Letter>(wide);
    for (const name of [1, 2, 3]) outbox.add(letter(name, 10, `id${name}`));
    drain(outbox);
    outbox.add(letter(4));
    outbox.takeBack(2);
    expect(outbox.lost()).toEqual([]);
    expect(drain(outbox).map(({ name, seq }) => [name, seq])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('takes back only what was never sent, and empties', () => {
    const outbox = new Outbox<Letter>(wide);
    const [sent, fresh] = [letter(1), letter(2)];
    outbox.add(sent);
    drain(outbox);
    outbox.add(fresh);
    expect([outbox.cancel(sent), outbox.cancel(fresh), outbox.cancel(fresh)]).toEqual([false, true, false]);
    expect(outbox.clear()).toEqual([sent]);
    expect([outbox.messages, outbox.bytes]).toEqual([0, 0]);
  });
});

/** A server that handles in order, keeps results until confirmed, drains, and loses connections and sessions. */
describe('against a server, with cuts at random places and late results', () => {
  type What = 'add' | 'add with id' | 'flush' | 'deliver' | 'result' | 'confirm' | 'goaway' | 'cut' | 'lose' | 'cancel';
  const script = fc.array(
    fc.record({
      what: fc.constantFrom<What>(
        'add',
        'add',
        'add with id',
        'flush',
        'flush',
        'deliver',
        'deliver',
        'result',
        'result',
        'confirm',
        'goaway',
        'cut',
        'lose',
        'cancel',
      ),
      n: fc.nat(4),
    }),
    { maxLength: 150 },
  );

  it('settles each message once, runs none twice in a session, keeps order, window and counts', () => {
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 5 }), (commands, windowMessages) => {
        const window = { messages: windowMessages, bytes: 35 };
        const outbox = new Outbox<Letter>({ messages: 20, bytes: 300 });
        let names = 0;
        const outcomes = new Map<number, string>();
        const settle = (name: number, outcome: string): void => {
          expect(outcomes.has(name)).toBe(false);
          outcomes.set(name, outcome);
        };
        const added: Letter[] = [];
        // What ran, by number; undefined: refused because the server drains.
        let run: (number | undefined)[] = [];
        let last = 0;
        let draining = false;
        let wire: Letter[] = [];
        let results: number[] = [];
        let unconfirmed = 0;
        const cut = (): void => {
          wire = [];
          draining = false;
          results = Array.from({ length: run.length - unconfirmed }, (_, index) => unconfirmed + index + 1);
          expect(outbox.resumed(run.length)).toBe(true);
        };
        const flush = (): void => {
          for (const next of drain(outbox, window)) wire.push({ ...next });
          const outstanding = wire.filter(({ seq }) => seq > run.length);
          expect(outstanding.length).toBeLessThanOrEqual(windowMessages);
        };
        const deliver = (): void => {
          const next = wire.shift();
          if (!next) return;
          if (next.seq === run.length + 1) {
            if (!draining) {
              expect(next.name).toBeGreaterThan(last);
              last = next.name;
            }
            run.push(draining ? undefined : next.name);
            results.push(next.seq);
          } else {
            expect(next.seq).toBeLessThanOrEqual(run.length);
            expect([next.name, undefined]).toContain(run[next.seq - 1]);
          }
        };
        const result = (): void => {
          const seq = results.shift();
          if (seq === undefined) return;
          if (run[seq - 1] === undefined) {
            const refused = added.find((one) => one.seq === seq);
            outbox.takeBack(seq);
            if (refused?.givenUp) settle(refused.name, 'given up');
            return;
          }
          for (const answered of outbox.result(seq, seq)) {
            expect(answered.name).toBe(run[seq - 1]);
            settle(answered.name, 'result');
          }
        };
        for (const { what, n } of commands) {
          if (what === 'add' || what === 'add with id') {
            const one = letter(++names, 10 + n, what === 'add' ? undefined : `id${names}`);
            if (outbox.add(one)) added.push(one);
            else outcomes.set(one.name, 'refused');
          } else if (what === 'flush') flush();
          else if (what === 'deliver') deliver();
          else if (what === 'result') result();
          else if (what === 'confirm') unconfirmed = Math.max(unconfirmed, outbox.confirmed);
          else if (what === 'goaway') {
            draining = true;
            if (n > 0) outbox.hold();
          } else if (what === 'cut') cut();
          else if (what === 'cancel') {
            const one = added.at(-1 - n);
            if (one && !outcomes.has(one.name) && outbox.cancel(one)) settle(one.name, 'cancelled');
          } else {
            for (const { name, id, seq } of outbox.lost()) {
              expect(id).toBeUndefined();
              expect(seq).toBeGreaterThan(0);
              settle(name, 'unknown');
            }
            run = [];
            last = 0;
            draining = false;
            wire = [];
            results = [];
            unconfirmed = 0;
          }
          expect(outbox.messages).toBe(added.filter(({ name }) => !outcomes.has(name)).length);
          expect(outbox.bytes).toBe(
            added.filter(({ name }) => !outcomes.has(name)).reduce((sum, { bytes }) => sum + bytes, 0),
          );
        }
        cut();
        for (let round = 0; outbox.messages > 0 && round < 1000; round++) {
          flush();
          deliver();
          result();
        }
        expect(outcomes.size).toBe(names);
        expect(outbox.confirmed).toBe(run.length);
        const ran = run.filter((name) => name !== undefined);
        expect(ran).toEqual([...new Set(ran)].sort((a, b) => a - b));
      }),
    );
  });
});
