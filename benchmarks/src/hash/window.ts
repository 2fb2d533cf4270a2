// A deduplication window of a million ids against a bare Map of the same ids.
import type { Comparison, Contender, Figure, Workloads } from '../frame/area.ts';
import { LIVE_IDS, messageId } from './message-ids.ts';
import { bareMap, dedupWindow, type Memory } from './remembering.ts';

const OWN = 'DedupWindow';
const BARE = 'bare Map';
const IDS_PER_BATCH = 2000;

const figures: readonly Figure[] = [
  { name: 'new id', unit: 'ns/op', better: 'less' },
  { name: 'duplicate', unit: 'ns/op', better: 'less' },
];

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName: '@ws-stability/dedup-hash',
    start: async () => workloads(await dedupWindow(LIVE_IDS)),
  },
  { name: BARE, start: () => workloads(bareMap(LIVE_IDS)) },
];

/** In steady state: full, so that each new id drops the oldest; duplicates are of any age. */
function workloads(memory: Memory): Workloads {
  let next = 0;
  while (next < LIVE_IDS) memory.add(messageId(next++));
  let ids: readonly string[] = [];
  let asked = 0;
  const run = (times: number): number => {
    let added = 0;
    for (let i = 0; i < times; i++) if (memory.add(ids[i] ?? '')) added++;
    return added;
  };
  const counted = (expected: (added: number) => boolean) => (times: number) => {
    const added = run(times);
    if (!expected(added)) throw new Error(`${added} of ${times} ids were new: this is not the work that is measured.`);
    return added;
  };
  return {
    'new id': {
      times: IDS_PER_BATCH,
      prepare(times) {
        ids = Array.from({ length: times }, () => messageId(next++));
      },
      run: counted((added) => added === IDS_PER_BATCH),
    },
    duplicate: {
      times: IDS_PER_BATCH,
      prepare(times) {
        // A stride without a common divisor with the window's size: any age, none twice in a row.
        ids = Array.from({ length: times }, () => messageId(next - 1 - ((asked++ * 611_953) % LIVE_IDS)));
      },
      run: counted((added) => added === 0),
    },
  };
}

export const window: Comparison = {
  id: 'window',
  title: `deduplication window, 36-character ids, ${LIVE_IDS / 1e6} M live`,
  figures,
  contenders,
  findings: figures.map(({ name: figure }) => ({
    name: `DedupWindow, 36-character id, 1 M live: ${figure}`,
    contender: OWN,
    against: BARE,
    figure,
    atMost: 1.5,
  })),
};
