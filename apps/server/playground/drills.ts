// The three buttons that try to break it. Each is a request to the server, and its answer comes although the
// connection that asked may be gone by then.
import type { StabilityClient } from '@ws-stability/client';
import { topic as named, type Topic } from '@ws-stability/protocol';
import { element, write } from './element.ts';
import { addEvent } from './message-list.ts';

const RUN_LENGTH = 1_000;
const STALL_MS = 5_000;

interface FloodOrder {
  readonly topic: string;
  readonly count: number;
}

const FLOOD = named<'playground/flood', FloodOrder>('playground/flood');
const CUT = named<'playground/cut', Record<string, never>>('playground/cut');
const STALL = named<'playground/stall', { readonly ms: number }>('playground/stall');

const publishMany = element('publish-1000', HTMLButtonElement);
const cut = element('cut', HTMLButtonElement);
const stall = element('stall', HTMLButtonElement);
const problem = element('drill-problem', HTMLElement);

export function enableDrills(
  client: StabilityClient,
  topic: () => string,
  onRun: (run: string, of: number) => void,
): void {
  const ask = async <Value, Answer = unknown>(what: Topic<Value>, value: Value): Promise<Answer | undefined> => {
    try {
      const answer = await client.request<Value, Answer>(what, value);
      problem.hidden = true;
      return answer;
    } catch (error) {
      write(problem, `${what.name}: ${reasonOf(error)}`);
      problem.hidden = false;
      return undefined;
    }
  };

  publishMany.addEventListener('click', async () => {
    const asked = topic();
    const answer = await ask<FloodOrder, { readonly run?: string }>(FLOOD, { topic: asked, count: RUN_LENGTH });
    if (answer?.run !== undefined && topic() === asked) onRun(answer.run, RUN_LENGTH);
  });
  cut.addEventListener('click', () => {
    if (isOff(cut)) return;
    void ask(CUT, {});
  });
  stall.addEventListener('click', () => {
    if (isOff(stall)) return;
    addEvent('stall', 'Reads stalled for 5 s');
    void ask(STALL, { ms: STALL_MS });
    stalledUntil = performance.now() + STALL_MS;
    countStall();
  });
}

/** Only a living connection can be cut or stalled. */
export function showDrills(online: boolean): void {
  turn(cut, !online);
  connected = online;
  if (!online) stalledUntil = 0;
  countStall();
}

let connected = false;
let stalledUntil = 0;
let counting: ReturnType<typeof setTimeout> | undefined;

function countStall(): void {
  const leftMs = stalledUntil - performance.now();
  clearTimeout(counting);
  turn(stall, !connected || leftMs > 0);
  write(stall, leftMs > 0 ? `Stalled, ${Math.ceil(leftMs / 1_000)} s left` : 'Stall my reads (5 s)');
  if (leftMs > 0) counting = setTimeout(countStall, 200);
}

function turn(button: HTMLButtonElement, off: boolean): void {
  // Not `disabled`: the button keeps the focus of who has just pressed it.
  button.setAttribute('aria-disabled', `${off}`);
}

function isOff(button: HTMLButtonElement): boolean {
  return button.getAttribute('aria-disabled') === 'true';
}

/** A sentence for people, with the code to look up. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? `${error.message} (${error.code})` : error.message;
}
