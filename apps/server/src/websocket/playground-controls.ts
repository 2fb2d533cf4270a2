// What the playground's buttons do, on the server's side of the visitor's own connection; development only.
import { type Clock, type Random, randomHex, StabilityError, type Timer, whenSettled } from '@ws-stability/core';
import type { ConnectionManager } from '@ws-stability/manager';
import { isTopicName, topic } from '@ws-stability/protocol';
import { ECHO_TOPIC } from './echo.ts';

const MOST_STALL_MS = 30_000;
const MOST_MESSAGES = 1_000;
const MOST_FLOODS = 8;
/** Long enough for a visitor to cut the connection three times in the middle, waits for the next attempts included. */
const FLOOD_MS = 4_000;
const FLOOD_STEPS = 200;

/** Serves `playground/cut`, `playground/stall {ms}` and `playground/flood {topic, count}` as requests. */
export function servePlaygroundControls(manager: ConnectionManager, clock: Clock, random: Random): () => void {
  const floods = new Set<Flood>();
  const forget = [
    // Its result is kept with the session and reaches the client after it has resumed.
    manager.handle(topic('playground/cut'), (_value, { session }) => {
      session.connection?.terminate();
      return { cut: true };
    }),
    manager.handle(topic('playground/stall'), (value, { session }) => {
      const ms = readNumber(value, 'ms', MOST_STALL_MS);
      session.connection?.stallWrites(ms);
      return { ms };
    }),
    manager.handle(topic('playground/flood'), (value) => {
      const count = readNumber(value, 'count', MOST_MESSAGES);
      const name = readTopic(value);
      if (floods.size >= MOST_FLOODS) {
        throw new StabilityError('ERR_LIMIT', 'Too many floods run at once; wait a second.', { retryable: true });
      }
      const run = randomHex(random, 4);
      const flood: Flood = new Flood(manager, clock, { topic: name, run, count }, () => floods.delete(flood));
      floods.add(flood);
      flood.step();
      return { topic: name, run, count };
    }),
  ];
  return () => {
    for (const stop of forget) stop();
    for (const flood of floods) flood.stop();
  };
}

const ignore = (): void => {};

interface FloodOrder {
  readonly topic: string;
  /** Tells the messages of one flood from those of another. */
  readonly run: string;
  readonly count: number;
}

// Numbered messages over some seconds. The request is answered at once: requests of a session run one after the other,
// and a cut in the middle of a flood is what the page is for.
class Flood {
  readonly #manager: ConnectionManager;
  readonly #clock: Clock;
  readonly #order: FloodOrder;
  readonly #onDone: () => void;
  #next = 1;
  #timer: Timer | undefined;

  constructor(manager: ConnectionManager, clock: Clock, order: FloodOrder, onDone: () => void) {
    this.#manager = manager;
    this.#clock = clock;
    this.#order = order;
    this.#onDone = onDone;
  }

  step(): void {
    if (!this.#manager.accepting) return this.stop();
    const { topic: name, run, count } = this.#order;
    const upTo = Math.min(count, this.#next - 1 + Math.ceil(count / FLOOD_STEPS));
    for (; this.#next <= upTo; this.#next++) {
      const text = `message ${this.#next} of ${count}`;
      const outcome = this.#manager.publish(name, JSON.stringify({ run, n: this.#next, of: count, text }));
      whenSettled(outcome, ignore, () => this.stop());
    }
    if (this.#next > count) this.stop();
    else this.#timer = this.#clock.setTimer(() => this.step(), FLOOD_MS / FLOOD_STEPS, false);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#onDone();
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

function readNumber(value: unknown, name: string, most: number): number {
  const given = member(value, name);
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= most) return given;
  throw new StabilityError('ERR_PAYLOAD', `Give ${name} as a whole number from 1 to ${most}.`, {
    details: { path: name },
  });
}

function readTopic(value: unknown): string {
  const given = member(value, 'topic') ?? 'playground';
  if (typeof given === 'string' && isTopicName(given) && given !== ECHO_TOPIC) return given;
  throw new StabilityError('ERR_PAYLOAD', 'Give a topic that can be published to.', { details: { path: 'topic' } });
}
