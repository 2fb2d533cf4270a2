// Text in, fingerprint out: a received message is often a string already. For comparison only.
import type { Comparison, Contender } from '../frame/area.ts';
import { oneShot } from './sha256.ts';
import { atEverySize, messageText, sizeFigures, sizes } from './sizes.ts';

const OWN = 'xxhash64, ws-stability';
const BARE = 'xxhash-wasm h64ToString';
const SHA = 'SHA-256, crypto.hash';

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName: '@ws-stability/dedup-hash',
    async start() {
      const { createHasher } = await import('@ws-stability/dedup-hash');
      const hasher = await createHasher({ algorithm: 'xxhash64' });
      return atEverySize(messageText, (input) => hasher.text(input));
    },
  },
  {
    name: BARE,
    packageName: 'xxhash-wasm',
    async start() {
      const { default: load } = await import('xxhash-wasm');
      const { h64ToString } = await load();
      return atEverySize(messageText, (input) => h64ToString(input));
    },
  },
  { name: SHA, start: () => atEverySize(messageText, oneShot('sha256')) },
];

export const textFingerprints: Comparison = {
  id: 'text',
  title: 'fingerprint of text',
  figures: sizeFigures,
  contenders,
  findings: sizes.flatMap(({ name: figure }) =>
    [BARE, SHA].map((against) => ({
      name: `text of ${figure}, xxhash64 against ${against}`,
      contender: OWN,
      against,
      figure,
    })),
  ),
};
