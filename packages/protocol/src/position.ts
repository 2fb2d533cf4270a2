// A position names the last message had of a topic: the next one is offset + 1; offset 0 means none yet.

/** As it stands in control messages: `[epoch, offset]`. */
export type Position = readonly [epoch: number, offset: number];

/** Offsets and sequence numbers end here; a log that reaches it opens a new epoch. */
export const MAX_OFFSET = 2 ** 48 - 1;

/** Most positions in a `hello` or an `ack`, and most topics in a `welcome`. */
export const MAX_POSITIONS = 1024;

/** Which of two positions of one topic is later: negative when `a` is earlier, 0 when equal. */
export function comparePositions(a: Position, b: Position): number {
  return a[0] - b[0] || a[1] - b[1];
}
