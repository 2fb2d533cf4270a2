// What the server has not answered yet: numbered 1, 2, 3 … when first sent, resent after a resume, given up with the session.
//
// | state of a message | next() with room               | result | taken back (the server drains) | resumed(handled)           | session lost              |
// |--------------------|--------------------------------|--------|--------------------------------|----------------------------|---------------------------|
// | fresh (no number)  | numbered and sent, unless held | –      | –                              | stays                      | stays                     |
// | sent               | –                              | leaves | fresh, in its old place        | > handled: to resend       | id: fresh · else given up |
// | to resend          | sent, same number              | leaves | fresh, in its old place        | stays                      | id: fresh · else given up |
//
// Held, by a goaway or by what was taken back, means until the next connection: resumed or lost. After a resume nothing goes
// out before the results that the server owes have come (they follow the welcome at once): one may say that a draining server
// did not take a message, which then goes before all later ones.

/** What the outbox looks at; the rest of a message is the caller's. */
export interface Outgoing {
  /** 0 until sent. */
  seq: number;
  /** Whether it is on its way on this connection. */
  sent?: boolean;
  /** Whether nobody waits for it any more; a result may still come. */
  givenUp?: boolean;
  readonly id?: string | undefined;
  readonly bytes: number;
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

export class Outbox<Message extends Outgoing> {
  /** The number that the next message will have. */
  nextSeq = 1;
  bytes = 0;
  readonly #limits: OutboxLimits;
  /** In the order in which they were added. */
  readonly #waiting = new Set<Message>();
  #handled = 0;
  #restored = false;
  #held = false;
  /** Whether the server took something back on this connection; then it took nothing that followed either. */
  #refusing = false;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get messages(): number {
    return this.#waiting.size;
  }

  /** Whether a message was sent and has no result. */
  get busy(): boolean {
    return this.confirmed < this.nextSeq - 1;
  }

  /** All results up to here have arrived. */
  get confirmed(): number {
    let least = this.nextSeq;
    for (const { seq } of this.#waiting) if (seq && seq < least) least = seq;
    return least - 1;
  }

  /** @returns whether there was room. */
  add(message: Message): boolean {
    const { messages, bytes } = this.#limits;
    const room = this.messages < messages && this.bytes + message.bytes <= bytes;
    if (room) {
      this.#waiting.add(message);
      this.bytes += message.bytes;
    }
    return room;
  }

  /** The next message to send, if the server's window has room for it; one whose number is still 0 is too large for it. */
  next(window: OutboxLimits, maxBytes: number): Message | undefined {
    let flying = 0;
    let flyingBytes = 0;
    let first: Message | undefined;
    for (const message of this.#waiting) {
      const { seq, sent, bytes } = message;
      if (sent) {
        if (seq <= this.#handled) return undefined;
        flying++;
        flyingBytes += bytes;
        // What has a number goes before what has none.
      } else if (seq ? !first?.seq : !first && !this.#held) first = message;
    }
    if (!first) return undefined;
    if (!first.seq && first.bytes > maxBytes) return this.#drop(first);
    // A message larger than the whole window goes alone.
    if (flying && (flying >= window.messages || flyingBytes + first.bytes > window.bytes)) return undefined;
    first.seq ||= this.nextSeq++;
    first.sent = true;
    return first;
  }

  /** The results `from`–`to` arrived. @returns the messages that waited for them. */
  result(from: number, to: number): Message[] {
    return [...this.#waiting]
      .filter(({ seq }) => seq && seq >= from && seq <= to)
      .map((message) => this.#drop(message));
  }

  /** Nothing new goes out on this connection any more. */
  hold(): void {
    this.#held = true;
  }

  /** The server did not take the message of this number and will not: it goes out anew on the next connection. */
  takeBack(number: number): void {
    for (const message of this.#waiting) {
      // None: an old refusal that is repeated after a resume.
      if (message.seq !== number) continue;
      message.seq = 0;
      message.sent = false;
      if (message.givenUp) this.#drop(message);
      if (number > this.#handled) {
        this.hold();
        this.#refusing = true;
      } else this.#renew();
    }
  }

  /** Nobody waits for a message any more; one that was never sent leaves. @returns whether it was so. */
  cancel(message: Message): boolean {
    message.givenUp = true;
    const fresh = this.#waiting.has(message) && message.seq === 0;
    if (fresh) this.#drop(message);
    return fresh;
  }

  /** The numbers of an earlier page's session; their results are nobody's. */
  restore(nextSeq: number): void {
    this.nextSeq = nextSeq;
    this.#restored = true;
  }

  /**
   * The session goes on; all up to `handled` are settled there.
   *
   * @returns false when the numbers do not fit together (a message of an earlier page is still open, or the server knows
   * more of them than we do): a new message could then be taken for an old one, and the session must be left.
   */
  resumed(handled: number): boolean {
    const fits = handled < this.nextSeq && (!this.#restored || handled === this.nextSeq - 1);
    this.#restored = this.#held = false;
    this.#handled = handled;
    for (const message of this.#waiting) message.sent = message.seq > 0 && message.seq <= handled;
    if (this.#refusing) this.#renew();
    else if (fits) this.#renumber();
    this.#refusing = false;
    return fits;
  }

  /** The session is lost: numbering starts again. @returns the messages whose outcome nobody can tell any more. */
  lost(): Message[] {
    const unknown = [...this.#waiting].filter(({ seq, id }) => seq && id === undefined);
    for (const message of unknown) this.#drop(message);
    for (const message of this.#waiting) message.seq = 0;
    this.nextSeq = 1;
    this.resumed(0);
    return unknown;
  }

  /** Empties it. @returns everything that was in it. */
  clear(): Message[] {
    return [...this.#waiting].map((message) => this.#drop(message));
  }

  /** The server before this one drained, so this one has seen nothing of what is to be sent. */
  #renew(): void {
    for (const message of this.#waiting) if (!message.sent) message.seq = 0;
    this.#renumber();
  }

  /** Numbers that the server did not take are free again: the next one follows on the last. */
  #renumber(): void {
    this.nextSeq = this.#handled + 1;
    for (const { seq } of this.#waiting) if (seq >= this.nextSeq) this.nextSeq = seq + 1;
  }

  #drop(message: Message): Message {
    this.#waiting.delete(message);
    this.bytes -= message.bytes;
    return message;
  }
}
