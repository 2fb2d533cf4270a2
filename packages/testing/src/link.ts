// One proxied connection: the client's socket, the socket to the target, and a lane for each direction.
import type { Socket } from 'node:net';
import type { Clock, Random } from '@ws-stability/core';
import { type CutManner, Lane, type LaneSnapshot } from './lane.ts';

/** `up`: from the client to the target; `down`: back. */
export type Direction = 'up' | 'down';

export interface LinkSnapshot {
  readonly index: number;
  readonly up: LaneSnapshot;
  readonly down: LaneSnapshot;
}

interface LinkParts {
  readonly index: number;
  readonly client: Socket;
  readonly target: Socket;
  readonly clock: Clock;
  readonly random: Random;
  readonly bufferBytes: number;
  readonly onCut: (link: Link) => void;
  readonly onClose: (link: Link) => void;
}

export class Link {
  /** Number of the connection at this proxy, from 0. */
  readonly index: number;
  readonly up: Lane;
  readonly down: Lane;
  readonly #parts: LinkParts;
  #open = 2;

  constructor(parts: LinkParts) {
    this.index = parts.index;
    this.#parts = parts;
    const { client, target, clock, random, bufferBytes } = parts;
    const shared = { clock, random, bufferBytes, onCut: (manner: CutManner) => this.cut(manner) };
    this.up = new Lane({ ...shared, source: client, sink: target });
    this.down = new Lane({ ...shared, source: target, sink: client });
    this.#watch(client, this.up);
    this.#watch(target, this.down);
  }

  get closed(): boolean {
    return this.#open === 0;
  }

  /** Destroys both sockets now; what waits is lost. */
  cut(manner: CutManner = 'end'): void {
    const { client, target } = this.#parts;
    if (client.destroyed && target.destroyed) return;
    this.#parts.onCut(this);
    this.#destroy(manner);
  }

  lane(direction: Direction): Lane {
    return direction === 'up' ? this.up : this.down;
  }

  snapshot(): LinkSnapshot {
    return { index: this.index, up: this.up.snapshot(), down: this.down.snapshot() };
  }

  #destroy(manner: CutManner): void {
    for (const socket of [this.#parts.client, this.#parts.target]) {
      // A socket that is still connecting cannot be reset.
      if (manner === 'reset' && !socket.connecting) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  #watch(socket: Socket, lane: Lane): void {
    socket.setNoDelay(true);
    socket.on('error', () => {
      // A reset reaches the other side as a reset, unless this side's news are swallowed.
      if (lane.mode !== 'blackHole') this.#destroy('reset');
    });
    socket.on('close', () => {
      this.#open--;
      if (this.#open > 0) return;
      this.up.close();
      this.down.close();
      this.#parts.onClose(this);
    });
  }
}
