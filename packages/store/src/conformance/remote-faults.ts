// The knobs of the remote-like stores: which faults, how often.

export interface RemoteFaults {
  /** Decides every delay and fault: the same seed, the same run. @default 1 */
  readonly seed?: number;
  /** The longest a call with its answer takes, in milliseconds. @default 20 */
  readonly delayMs?: number;
  /** How many of the writes get no answer, 0 to 1; half of these took place. @default 0 */
  readonly unknownRate?: number;
  /** How long the caller waits for such an answer, in milliseconds. @default 50 */
  readonly timeoutMs?: number;
  /** How many of the entries the tail does not tell, 0 to 1. @default 0 */
  readonly tailDropRate?: number;
  /** The tail tells at most so late, in milliseconds; what comes meanwhile is told in one batch. @default 20 */
  readonly tailDelayMs?: number;
}

/** What a restart from an older copy has lost. */
export interface Lost {
  /** How many of the newest writes. @default 0 */
  readonly lose?: number;
}

/** Every fault at a rate that a short test meets. */
export const SOME_FAULTS: RemoteFaults = { unknownRate: 0.2, tailDropRate: 0.2 };
