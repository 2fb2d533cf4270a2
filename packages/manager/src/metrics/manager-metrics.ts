// Everything a manager counts, as metrics: read from its snapshot when somebody looks, so that serving costs nothing more.
import { type Clock, systemClock } from '@ws-stability/core';
import {
  type AddedGroups,
  addedGroups,
  ClientStatistics,
  exportClientStatistics,
  type Histogram,
  type MetricsOptions,
  MetricsRegistry,
  type OriginalGroups,
  originalGroups,
} from '@ws-stability/metrics';
import { EventLoopDelay } from '@ws-stability/metrics/node';
import { clientColumns, type ManagerObserver } from '../observation/observer.ts';
import { addedInput, originalInput } from './groups.ts';
import { type MeasuredManager, Reading } from './reading.ts';
import { registerBalances } from './register-balances.ts';
import { registerBreakers } from './register-breakers.ts';
import { registerConnections } from './register-connections.ts';
import { registerDelivery } from './register-delivery.ts';
import { registerLog } from './register-log.ts';
import { registerMessages } from './register-messages.ts';

export interface ManagerMetricsDependencies {
  /** @default the platform's */
  readonly clock?: Clock;
  /** Told when cleanup, or a reading, fails. @default thrown from a microtask */
  readonly onError?: (error: unknown) => void;
}

/**
 * Give it to a manager as its `observer`, then let it `watch` that manager.
 *
 * @throws StabilityError `ERR_OPTION`, from the constructor.
 */
export class ManagerMetrics implements ManagerObserver {
  readonly registry: MetricsRegistry;
  /** Counts for each client; a session holds its row. */
  readonly clients: ClientStatistics<typeof clientColumns>;
  readonly #clock: Clock;
  readonly #acknowledgements: Histogram;
  readonly #handlers: Histogram;
  readonly #eventLoop = new EventLoopDelay();
  readonly #reading = new Reading();

  constructor(options: MetricsOptions = {}, { clock = systemClock, onError }: ManagerMetricsDependencies = {}) {
    this.#clock = clock;
    this.registry = new MetricsRegistry(options, { clock });
    this.clients = new ClientStatistics(
      { ...options, columns: clientColumns },
      { clock, ...(onError === undefined ? {} : { onError }) },
    );
    if (onError !== undefined) this.registry.on('problem', onError);
    this.#acknowledgements = this.registry.histogram('acknowledgement_seconds', {
      help: 'From the first delivery that waits for an acknowledgement to that acknowledgement; clients may hold it back for 250 ms.',
      unit: 'seconds',
    });
    this.#handlers = this.registry.histogram('handler_seconds', {
      help: 'From the call of a handler of a client message to its settled result.',
      unit: 'seconds',
    });
    exportClientStatistics(this.registry, this.clients);
    this.#eventLoop.exportTo(this.registry);
    registerConnections(this.registry, this.#reading);
    registerMessages(this.registry, this.#reading);
    registerDelivery(this.registry, this.#reading);
    registerBreakers(this.registry, this.#reading);
    registerLog(this.registry, this.#reading);
    registerBalances(this.registry, this.#reading);
  }

  /** @internal For the manager. */
  acknowledged(ms: number): void {
    this.#acknowledgements.observe(ms / 1000);
  }

  /** @internal For the manager. */
  handled(ms: number): void {
    this.#handlers.observe(ms / 1000);
  }

  /** Reads from this manager from now on, and removes what clients left behind as the options say. */
  watch(manager: MeasuredManager): void {
    this.#reading.watch(manager);
    if (!this.registry.enabled) return;
    this.#eventLoop.start();
    void this.clients.start();
  }

  /** The groups and keys of the original system, and in its style those that it had not; no client is named. */
  groups(): OriginalGroups & AddedGroups {
    const snapshot = this.#reading.snapshot();
    const latency = { sumMs: this.#acknowledgements.sum * 1000, count: this.#acknowledgements.count };
    const original = originalInput(snapshot, this.#reading, latency, this.#clock.wall());
    const added = addedInput(snapshot, this.clients.snapshot(), this.#eventLoop.read(), this.#acknowledgements);
    return { ...originalGroups(original), ...addedGroups(added) };
  }

  /** Ends cleanup; the figures can still be read. */
  async close(): Promise<void> {
    this.#eventLoop.stop();
    this.#reading.close();
    await this.clients.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
