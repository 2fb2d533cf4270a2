// The playground: one client, one topic, and a count of everything that reaches the page.
import { StabilityClient, type Subscription } from '@ws-stability/client';
import { announce, showConnection } from './connection-view.ts';
import { enableDrills, reasonOf, showDrills } from './drills.ts';
import { counted, digits, element } from './element.ts';
import { addEvent, addMessage, clearList } from './message-list.ts';
import { RateRing } from './rate-ring.ts';
import { sentence, showScore } from './scoreboard.ts';
import { startStripChart } from './strip-chart.ts';
import { type RunNumber, readRunNumber, Tally, verdictOf } from './tally.ts';
import { enableForms, firstTopic } from './topic-form.ts';

const ring = new RateRing();
let tally = new Tally();
let topic = firstTopic();
let subscription: Subscription | undefined;
let verdict = 'empty';

const client = new StabilityClient(new URL('ws', location.href.replace(/^http/, 'ws')));

client.on('gap', ({ topic: where, was, now, why }) => {
  if (where !== topic) return;
  tally.gap(now);
  addEvent('gap', `Gap: ${lost(was, now)} (${why})`);
  changed();
});
client.on('skip', ({ topic: where, from, to, why }) => {
  if (where !== topic) return;
  tally.skip(from, to);
  addEvent('skip', `Skipped ${from}–${to} (${why})`);
  changed();
});
client.on('error', (error) => addEvent('error', reasonOf(error)));
client.on('left', ({ topic: left, why }) => addEvent('note', `The server ended the subscription to ${left} (${why})`));

showConnection(client, ring, showDrills);
enableForms(client, () => topic, subscribe);
enableDrills(
  client,
  () => topic,
  (run, of) => {
    tally.announceRun(run, of);
    changed();
  },
);
startStripChart(element('chart', HTMLCanvasElement), ring);
element('recount', HTMLButtonElement).addEventListener('click', () => {
  recount(tally.position);
  clearList();
});

function subscribe(name: string): void {
  const before = subscription;
  if (before?.topic === name) {
    announce(`Subscribed to ${name} already.`);
    return;
  }
  before?.unsubscribe().catch((error: unknown) => addEvent('error', reasonOf(error)));
  topic = name;
  recount();
  clearList();
  const mine = client.subscribe(
    name,
    (payload: string | Uint8Array, { epoch, offset, volatile }) => {
      if (subscription !== undefined && subscription !== mine) return;
      const number = readRunNumber(payload);
      ring.add(performance.now());
      if (!volatile) tally.message(epoch, offset, number);
      addMessage(offset, number === undefined ? readable(payload) : numbered(number));
      changed();
    },
    { from: 'start' },
  );
  subscription = mine;
  mine.ready.then(
    (outcome) => {
      if (subscription !== mine) return;
      if ('at' in outcome) tally.startAt(outcome.at);
      else if ('denied' in outcome) addEvent('error', `No subscription to ${name}: ${outcome.denied}`);
    },
    (error: unknown) => addEvent('error', reasonOf(error)),
  );
}

function recount(from?: readonly [number, number]): void {
  tally = new Tally();
  if (from !== undefined) tally.startAt(from);
  changed();
}

let frame = 0;

/** Draws at most once a frame, however much has come. */
function changed(): void {
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const count = tally.count();
    showScore(count);
    const now = verdictOf(count);
    if (now !== verdict && now !== 'running') announce(sentence(now, count));
    verdict = now;
  });
}

const numbered = ({ n, of, run }: RunNumber): string => `${digits(n)} of ${digits(of)} · run ${run.slice(0, 4)}`;

function readable(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload;
  const start = Array.from(payload.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${counted(payload.length, 'byte')}: ${start}${payload.length > 16 ? ' …' : ''}`;
}

function lost(was: readonly [number, number], now: readonly [number, number]): string {
  if (was[0] !== now[0])
    return `a new log began, epoch ${now[0]}; what epoch ${was[0]} had after ${digits(was[1])} is gone`;
  return `${counted(now[1] - was[1], 'message')} lost, ${digits(was[1] + 1)}–${digits(now[1])}`;
}
