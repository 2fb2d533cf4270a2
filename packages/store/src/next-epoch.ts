// Epochs: numbers that grow from process to process by the wall clock, and within a process in any case.

let newest = 0;

/**
 * A number above every epoch given earlier in this process, and above `over`.
 *
 * @param wallMs wall time in milliseconds; what makes a later process's epochs larger.
 * @param over the epoch to follow. @default 0
 */
export function nextEpoch(wallMs: number, over = 0): number {
  newest = Math.max(Math.floor(wallMs), newest + 1, over + 1);
  return newest;
}
