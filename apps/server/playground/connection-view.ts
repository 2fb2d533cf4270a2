// Shows the state of the connection and of the session; tells screen readers when it changes, never each countdown step.
import type { ClientState, StabilityClient } from '@ws-stability/client';
import { counted, element, seconds, write } from './element.ts';
import { addEvent } from './message-list.ts';
import type { RateRing } from './rate-ring.ts';

const COUNTDOWN_MS = 100;

const pill = element('state', HTMLElement);
const pillText = element('state-text', HTMLElement);
const session = element('session', HTMLElement);
const origin = element('origin', HTMLElement);
const generation = element('generation', HTMLElement);
const reconnects = element('reconnects', HTMLElement);
const nextAttempt = element('next-attempt', HTMLElement);
const chartWords = element('chart-words', HTMLElement);
const announcer = element('announcer', HTMLElement);

/** Says something to who cannot see the page, politely. */
export function announce(text: string): void {
  write(announcer, text);
}

export function showConnection(client: StabilityClient, ring: RateRing, onOnline: (online: boolean) => void): void {
  let cutAt: number | undefined;
  let cuts = 0;
  let longestMs = 0;
  let attemptAt: number | undefined;

  const countdown = (): void => {
    if (attemptAt === undefined) return;
    const left = seconds(attemptAt - performance.now());
    write(nextAttempt, `in ${left}`);
    write(pillText, `Cut off · retry in ${left}`);
  };
  setInterval(countdown, COUNTDOWN_MS);

  const back = (now: number): string => {
    if (cutAt === undefined) return 'Connected';
    const awayMs = now - cutAt;
    cutAt = undefined;
    longestMs = Math.max(longestMs, awayMs);
    ring.mark('back', now);
    write(reconnects, `${cuts}`);
    reconnects.dataset.value = `${cuts}`;
    write(chartWords, `${counted(cuts, 'cut')}, back every time; longest away ${seconds(longestMs)}.`);
    return `Back after ${seconds(awayMs)}`;
  };

  client.on('session', ({ id, resumed, why }) => {
    const how = resumed ? 'resumed' : `fresh${why === undefined ? '' : ` (${whyFresh(why)})`}`;
    const again = cutAt !== undefined;
    const since = back(performance.now());
    write(session, id);
    write(origin, `session ${how}`);
    addEvent(again ? 'back' : 'note', `${since} · session ${how}`);
    announce(`${since}, session ${how}.`);
  });

  const show = (state: ClientState): void => {
    const now = performance.now();
    if (state.name !== 'online' && pill.dataset.state === 'online') {
      cutAt = now;
      cuts += 1;
      ring.mark('cut', now);
      addEvent('cut', 'Connection lost');
      announce('Connection lost.');
      write(chartWords, `${counted(cuts, 'cut')}; away just now.`);
    }
    pill.dataset.state = state.name;
    attemptAt = state.name === 'waiting' ? state.until : undefined;
    write(pillText, wordsOf(state));
    write(nextAttempt, state.name === 'online' ? 'none needed' : wordsOf(state));
    countdown();
    write(generation, `${client.snapshot().generation ?? '–'}`);
    onOnline(state.name === 'online');
  };
  client.on('state', show);
  show(client.state);
}

const WORDS: Readonly<Record<ClientState['name'], string>> = {
  idle: 'Not connected',
  connecting: 'Connecting',
  greeting: 'Saying hello',
  online: 'Online',
  waiting: 'Cut off',
  closed: 'Closed',
};

function wordsOf(state: ClientState): string {
  return state.name === 'closed' && state.code !== undefined ? `Closed (${state.code})` : WORDS[state.name];
}

function whyFresh(why: string): string {
  switch (why) {
    case 'unknown':
      return 'the server does not know the old one';
    case 'expired':
      return 'the old one has expired';
    case 'inUse':
      return 'the old one is in use in another tab';
    default:
      return `the old one was refused: ${why}`;
  }
}
