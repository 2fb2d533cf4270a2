// A server in a process of its own, so that its memory can be measured; obeys its parent's messages.
// Run with `--expose-gc`.
import { MemoryLogStore } from '@ws-stability/store';
import { startServer } from './stability-server.ts';

export interface Memory {
  readonly rss: number;
  /** Heap in use and everything outside of it that belongs to objects in use. */
  readonly used: number;
}

export type Command =
  | { readonly do: 'publish'; readonly messages: number; readonly bytes: number }
  | { readonly do: 'measure' }
  | { readonly do: 'head' };

export type Answer =
  | { readonly is: 'listening'; readonly port: number }
  | { readonly is: 'published' }
  | { readonly is: 'measured'; readonly memory: Memory }
  | { readonly is: 'head'; readonly epoch: number; readonly first: number; readonly last: number };

const MIB = 1024 * 1024;
const BUDGET = Number(process.argv[2]);

// Topics may use the whole budget, and one topic all of that: the worst case for the memory of one slow reader.
const log = new MemoryLogStore({
  budgetBytes: BUDGET,
  inboxShare: 0,
  retentionBytes: Math.min(BUDGET, 1024 * MIB),
  retentionEntries: 1_000_000,
});
// Plain clients listen to the same topic from the start on.
const onUpgrade = () =>
  ({ accept: true, plain: { subscribe: [{ topic: 'flood', from: 'now' }], envelope: 'raw' } }) as const;
const { manager, port } = await startServer({}, { log, onUpgrade });
let published = 0;

async function obey(command: Command): Promise<Answer> {
  switch (command.do) {
    case 'publish': {
      const padding = 'x'.repeat(command.bytes);
      for (let n = 0; n < command.messages; n++) {
        await manager.publish('flood', `m${++published} ${padding}`);
        // What is no longer kept shall not count, and when the collector would have come by itself is not what is asked.
        if (n % 128 === 127) globalThis.gc?.();
        // Sockets have their turn, as between the requests of a real server: who reads keeps up.
        await new Promise(setImmediate);
      }
      return { is: 'published' };
    }
    case 'measure': {
      for (let round = 0; round < 3; round++) {
        globalThis.gc?.();
        await new Promise(setImmediate);
      }
      const { rss, heapUsed, external } = process.memoryUsage();
      return { is: 'measured', memory: { rss, used: heapUsed + external } };
    }
    case 'head': {
      const [head] = log.heads(['flood']);
      return { is: 'head', epoch: head?.epoch ?? 0, first: head?.first ?? 0, last: head?.last ?? 0 };
    }
  }
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

process.on('message', (command: Command) => void obey(command).then(tell));
process.on('disconnect', () => process.exit(0));
tell({ is: 'listening', port });
