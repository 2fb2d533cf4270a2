// The message sizes of the original plan, and what each contender is asked at each of them.
import type { Figure, Workloads } from '../frame/area.ts';

export interface MessageSize {
  readonly name: string;
  readonly bytes: number;
}

export const sizes: readonly MessageSize[] = [
  { name: '100 B', bytes: 100 },
  { name: '1 KB', bytes: 1024 },
  { name: '10 KB', bytes: 10_240 },
  { name: '100 KB', bytes: 102_400 },
];

/** Messages per second at each size, and gigabytes (10⁹) per second computed from them. */
export const sizeFigures: readonly Figure[] = [
  ...sizes.map(({ name }): Figure => ({ name, unit: 'msg/s', better: 'more' })),
  ...sizes.map(
    ({ name, bytes }): Figure => ({
      name: `${name}, rate`,
      unit: 'GB/s',
      better: 'more',
      derived: { from: name, value: (perSecond) => (perSecond * bytes) / 1e9 },
    }),
  ),
];

/** Hashes one message of each size again and again: it stays in the processor's cache, for every contender alike. */
export function atEverySize<Input>(inputOf: (bytes: number) => Input, hash: (input: Input) => unknown): Workloads {
  return Object.fromEntries(
    sizes.map(({ name, bytes }) => {
      const input = inputOf(bytes);
      const run = (times: number): unknown => {
        let last: unknown;
        for (let i = 0; i < times; i++) last = hash(input);
        return last;
      };
      return [name, { run, value: (nanoseconds: number) => 1e9 / nanoseconds }];
    }),
  );
}

/** Bytes without a pattern, the same in every process (xorshift32, Marsaglia 2003). */
export function messageBytes(length: number): Uint8Array {
  let state = 2463534242;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

/** Printable ASCII of that many characters, flat in memory as a received message is. */
export function messageText(length: number): string {
  return Buffer.from(messageBytes(length).map((byte) => 32 + (byte % 95))).toString('latin1');
}
