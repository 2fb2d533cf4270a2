// A TCP proxy in front of a port that misbehaves on purpose, repeatably: the same seed gives the same jitter and cuts.
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { type Clock, type Random, systemClock } from '@ws-stability/core';
import { seededRandom } from '@ws-stability/core/testing';
import type { LaneFaults, LaneMode } from './lane.machine.ts';
import type { CutManner, LaneBytes } from './lane.ts';
import { type Direction, Link, type LinkSnapshot } from './link.ts';
import { randomSeed } from './with-seed.ts';

export interface FaultProxyOptions {
  /** The port that stands behind the proxy. */
  readonly port: number;
  /** Where that port is. @default '127.0.0.1' */
  readonly host?: string;
  /** Of jitter and of {@link FaultProxy.random}; any number. @default a random one, see {@link FaultProxy.seed} */
  readonly seed?: number;
  /** Per direction of a connection: more waiting bytes than this stop the sender from being read. @default 65536 */
  readonly bufferBytes?: number;
  /** @default the platform's */
  readonly clock?: Clock;
}

export interface FaultProxySnapshot {
  readonly seed: number;
  readonly accepted: number;
  readonly refused: number;
  readonly cuts: number;
  /** Of all connections, closed ones included. */
  readonly up: LaneBytes;
  readonly down: LaneBytes;
  readonly links: readonly LinkSnapshot[];
}

/** What connections to come start with. */
interface Standing {
  readonly mode: LaneMode;
  readonly faults: Partial<LaneFaults>;
}

const BOTH: readonly Direction[] = ['up', 'down'];
const NOTHING_STANDING: Standing = { mode: 'flow', faults: {} };
const NO_BYTES: LaneBytes = { received: 0, forwarded: 0, swallowed: 0 };

export class FaultProxy {
  readonly seed: number;
  /** Seeded; for plans that want to be repeatable with the proxy. */
  readonly random: Random;
  readonly #server: Server;
  #target: { readonly host: string; readonly port: number };
  readonly #bufferBytes: number;
  readonly #clock: Clock;
  readonly #links = new Set<Link>();
  readonly #configure = new Set<(link: Link) => void>();
  readonly #standing: Record<Direction, Standing> = { up: NOTHING_STANDING, down: NOTHING_STANDING };
  #closed: Record<Direction, LaneBytes> = { up: NO_BYTES, down: NO_BYTES };
  #accepted = 0;
  #refused = 0;
  #cuts = 0;
  #refuses = false;

  private constructor({
    port,
    host = '127.0.0.1',
    seed = randomSeed(),
    bufferBytes = 65_536,
    clock = systemClock,
  }: FaultProxyOptions) {
    this.seed = seed;
    this.random = seededRandom(seed);
    this.#target = { host, port };
    this.#bufferBytes = bufferBytes;
    this.#clock = clock;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Starts a proxy on a free port of the loopback interface. */
  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** Where clients connect to. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The connections that live, oldest first. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Leads connections to come to another port, as after a fail-over. @param host @default the one it had */
  setTarget(port: number, host: string = this.#target.host): void {
    this.#target = { host, port };
  }

  /** Prepares each connection to come, before its first byte. @returns stops that. */
  onConnection(configure: (link: Link) => void): () => void {
    this.#configure.add(configure);
    return () => void this.#configure.delete(configure);
  }

  /** Sets faults for one direction of all connections, those to come included. */
  setFaults(direction: Direction, faults: Partial<LaneFaults>): void {
    for (const link of this.#links) link.lane(direction).setFaults(faults);
    const standing = this.#standing[direction];
    this.#standing[direction] = { ...standing, faults: { ...standing.faults, ...faults } };
  }

  /** Stops reading one direction (default both) of all connections, those to come included: backpressure. */
  stall(direction?: Direction): void {
    this.#setMode('stalled', direction);
  }

  /** Swallows one direction (default both) of all connections, those to come included. */
  blackHole(direction?: Direction): void {
    this.#setMode('blackHole', direction);
  }

  /** Ends stalls and black holes of one direction (default both). */
  resume(direction?: Direction): void {
    this.#setMode('flow', direction);
  }

  /** Cuts every connection now. */
  cutAll(manner: CutManner = 'end'): void {
    for (const link of this.#links) link.cut(manner);
  }

  /** Whether connections to come are reset at once, as by a server that is down. @default false */
  refuse(refuses = true): void {
    this.#refuses = refuses;
  }

  snapshot(): FaultProxySnapshot {
    const links = this.links.map((link) => link.snapshot());
    return {
      seed: this.seed,
      accepted: this.#accepted,
      refused: this.#refused,
      cuts: this.#cuts,
      up: links.reduce((sum, link) => add(sum, link.up), this.#closed.up),
      down: links.reduce((sum, link) => add(sum, link.down), this.#closed.down),
      links,
    };
  }

  /** Cuts everything and frees the port; harmless when repeated. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cutAll();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #setMode(mode: LaneMode, only: Direction | undefined): void {
    for (const direction of only === undefined ? BOTH : [only]) {
      this.#standing[direction] = { ...this.#standing[direction], mode };
      for (const link of this.#links) link.lane(direction).setMode(mode);
    }
  }

  #accept(client: Socket): void {
    if (this.#refuses) {
      this.#refused++;
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const link = new Link({
      index: this.#accepted++,
      client,
      target: dial({ ...this.#target, allowHalfOpen: true }),
      clock: this.#clock,
      random: this.random,
      bufferBytes: this.#bufferBytes,
      onCut: () => void this.#cuts++,
      onClose: (closed) => this.#forget(closed),
    });
    this.#links.add(link);
    for (const direction of BOTH) {
      link.lane(direction).setFaults(this.#standing[direction].faults);
      link.lane(direction).setMode(this.#standing[direction].mode);
    }
    for (const configure of this.#configure) configure(link);
  }

  #forget(link: Link): void {
    const last = link.snapshot();
    this.#closed = { up: add(this.#closed.up, last.up), down: add(this.#closed.down, last.down) };
    this.#links.delete(link);
  }
}

function add(a: LaneBytes, b: LaneBytes): LaneBytes {
  return {
    received: a.received + b.received,
    forwarded: a.forwarded + b.forwarded,
    swallowed: a.swallowed + b.swallowed,
  };
}
