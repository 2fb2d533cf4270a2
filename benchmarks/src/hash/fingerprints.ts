// Bytes in, fingerprint out, at four sizes; and where xxHash is 10–100 times as fast as SHA-256, and where not.
import type { Comparison, Contender, Finding, RatioOf } from '../frame/area.ts';
import { numberText } from '../frame/number-text.ts';
import { canSwitchShaOff, inParts, oneShot, withoutShaInstructions } from './sha256.ts';
import { atEverySize, messageBytes, sizeFigures, sizes } from './sizes.ts';

const OWN = 'xxhash64, ws-stability';
const BARE = 'xxhash-wasm h64Raw';
const OWN_SHA = 'sha256, ws-stability';
const SHA = 'SHA-256, crypto.hash';
const SHA_PARTS = 'SHA-256, createHash';
const MD5 = 'MD5, crypto.hash';
const SLOW_SHA = 'SHA-256, crypto.hash, no SHA instructions';

const contenders: readonly Contender[] = [
  { name: OWN, packageName: '@ws-stability/dedup-hash', start: () => ownHasher('xxhash64') },
  {
    name: BARE,
    packageName: 'xxhash-wasm',
    async start() {
      const { default: load } = await import('xxhash-wasm');
      const { h64Raw } = await load();
      return atEverySize(messageBytes, (input) => h64Raw(input));
    },
  },
  { name: OWN_SHA, packageName: '@ws-stability/dedup-hash', start: () => ownHasher('sha256') },
  { name: SHA, start: () => atEverySize(messageBytes, oneShot('sha256')) },
  { name: SHA_PARTS, start: () => atEverySize(messageBytes, inParts('sha256')) },
  { name: MD5, start: () => atEverySize(messageBytes, oneShot('md5')) },
];

const shaSwitchedOff: Contender = {
  name: SLOW_SHA,
  environment: withoutShaInstructions,
  start: () => atEverySize(messageBytes, oneShot('sha256')),
};

async function ownHasher(algorithm: 'xxhash64' | 'sha256') {
  const { createHasher } = await import('@ws-stability/dedup-hash');
  const hasher = await createHasher({ algorithm });
  return atEverySize(messageBytes, (input) => hasher.bytes(input));
}

const againstSha = (size: string): string => `xxhash64 against SHA-256, ${size}`;
const againstParts = (size: string): string => `xxhash64 against createHash, ${size}`;
const againstSlowSha = (size: string): string => `xxhash64 against SHA-256 without SHA instructions, ${size}`;

const findings: readonly Finding[] = [
  ...sizes.map(({ name: figure }) => ({
    name: `fingerprint ${figure}, bytes in, bigint out`,
    contender: OWN,
    against: BARE,
    figure,
    atLeast: 0.9,
  })),
  ...sizes.map(({ name: figure }) => ({ name: againstSha(figure), contender: OWN, against: SHA, figure })),
  ...sizes.map(({ name: figure }) => ({ name: againstParts(figure), contender: OWN, against: SHA_PARTS, figure })),
  ...(canSwitchShaOff
    ? sizes.map(({ name: figure }) => ({ name: againstSlowSha(figure), contender: OWN, against: SLOW_SHA, figure }))
    : []),
  { name: 'original: xxhash messages per second, 1 KB', contender: OWN, figure: '1 KB', atLeast: 10_000 },
  { name: 'original: SHA-256 messages per second, 1 KB', contender: OWN_SHA, figure: '1 KB', atLeast: 1000 },
];

export const fingerprints: Comparison = {
  id: 'fingerprints',
  title: 'fingerprint of bytes',
  figures: sizeFigures,
  contenders: canSwitchShaOff ? [...contenders, shaSwitchedOff] : contenders,
  findings,
  inWords: (ratio) => [
    '“xxHash is 10–100 times as fast as SHA-256”, on this machine:',
    claim('against crypto.hash', (size) => ratio(againstSha(size))),
    claim('against createHash', (size) => ratio(againstParts(size))),
    ...(canSwitchShaOff
      ? [claim('with the SHA instructions switched off', (size) => ratio(againstSlowSha(size)))]
      : []),
  ],
};

/** In words, at which sizes the median ratio is within 10–100. */
export function claim(circumstances: string, ratioAt: (size: string) => ReturnType<RatioOf>): string {
  const measured = sizes.flatMap(({ name }) => {
    const ratio = ratioAt(name);
    return ratio === undefined ? [] : [{ name, median: ratio.median }];
  });
  if (measured.length === 0) return `- ${circumstances}: not measured.`;
  const holds = measured.filter(({ median }) => median >= 10 && median <= 100).map(({ name }) => name);
  const verdict =
    holds.length === 0
      ? 'it holds at none of these sizes'
      : holds.length === measured.length
        ? 'it holds at every size'
        : `it holds at ${holds.join(', ')} only`;
  const figures = measured.map(({ name, median }) => `${numberText(median)} times at ${name}`).join(', ');
  return `- ${circumstances}: ${verdict} (${figures}).`;
}
