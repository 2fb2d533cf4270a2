// What became of every offset that cursors passed, counted where it happens, so that the sum can be checked at any time:
// offsets passed = delivered + skipped + lost + claimed − rewound.
import type { GapReason, Position, SkipReason } from '@ws-stability/protocol';

/** A place whose moves are counted; `began` is where its account starts in the present epoch. */
export interface Account {
  readonly epoch: number;
  readonly offset: number;
  began: number;
}

export class Ledger {
  /** Entries written to a connection, or handed to one that is being written. */
  delivered = 0;
  /** Those of them that came from a page: their reader was behind or away when they were published. */
  caughtUp = 0;
  readonly skipped: Record<SkipReason, number> = { ttl: 0, filtered: 0 };
  /** Gaps told, by reason. */
  readonly gaps: Record<GapReason, number> = perGapReason();
  /** Offsets in them; of an epoch that is gone nobody knows how many there were, only the new one's are counted. */
  readonly lost: Record<GapReason, number> = perGapReason();
  /** Delivered but not received: a resumed client stood further back. */
  rewound = 0;
  /** Received from elsewhere: a resumed client stood further on. */
  claimed = 0;
  /** By cursors that are gone, and by others in epochs that are gone. */
  #passed = 0;

  /** The account moves over a gap. Called before it does. */
  gap(account: Account, [epoch, offset]: Position, why: GapReason): void {
    this.gaps[why]++;
    // Its position was never given: nothing is known to be lost.
    if (why === 'ahead') return this.resume(account, [epoch, offset]);
    if (epoch !== account.epoch) this.#closeEpoch(account, 0);
    this.lost[why] += offset - (epoch === account.epoch ? account.offset : 0);
  }

  /** The account goes on from where its client says it is. Called before it does. */
  resume(account: Account, [epoch, offset]: Position): void {
    if (epoch !== account.epoch) return this.#closeEpoch(account, offset);
    if (offset < account.offset) this.rewound += account.offset - offset;
    else this.claimed += offset - account.offset;
  }

  /** The account is closed: its topic is left, or its session is over. */
  end(account: Account): void {
    this.#closeEpoch(account, account.offset);
  }

  /** Offsets passed by all cursors, gone or not. @param moved by those that are there: the sum of `offset − began` */
  passed(moved: number): number {
    return this.#passed + moved;
  }

  #closeEpoch(account: Account, began: number): void {
    this.#passed += account.offset - account.began;
    account.began = began;
  }
}

function perGapReason(): Record<GapReason, number> {
  return { retention: 0, budget: 0, lag: 0, epoch: 0, session: 0, ahead: 0 };
}
