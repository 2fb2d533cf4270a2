// What a remembered id costs, the id itself included: nobody else holds it, as with received messages.
import type { Comparison, Contender } from '../frame/area.ts';
import { bytesPer } from '../frame/memory.ts';
import { LIVE_IDS, messageId } from './message-ids.ts';
import { bareMap, dedupWindow, type Memory } from './remembering.ts';

const OWN = 'DedupWindow';
const BARE = 'bare Map';
const FIGURE = 'per id';

const contenders: readonly Contender[] = [
  { name: OWN, packageName: '@ws-stability/dedup-hash', start: ({ quick }) => filling(dedupWindow, quick) },
  { name: BARE, start: ({ quick }) => filling(bareMap, quick) },
];

function filling(create: (limit: number) => Memory | Promise<Memory>, quick: boolean) {
  const count = quick ? LIVE_IDS / 4 : LIVE_IDS;
  const fill = async (): Promise<Memory> => {
    const memory = await create(count);
    for (let number = 0; number < count; number++) memory.add(messageId(number));
    if (memory.size() !== count) throw new Error(`${memory.size()} ids are live.`);
    return memory;
  };
  return { [FIGURE]: { measure: () => bytesPer(count, fill) } };
}

export const windowMemory: Comparison = {
  id: 'window-memory',
  title: `memory of a remembered id, 36 characters, ${LIVE_IDS / 1e6} M live (a quarter with --quick)`,
  figures: [{ name: FIGURE, unit: 'B', better: 'less', timeless: true }],
  contenders,
  findings: [{ name: 'DedupWindow, bytes per id', contender: OWN, against: BARE, figure: FIGURE }],
  fresh: true,
};
