// The live list: the newest rows, messages and what happened between them. Rows are made once a frame, however many
// messages came in it, and the oldest leave beyond 2,000.
import { element, write } from './element.ts';

const MAX_ROWS = 2_000;
const MAX_TEXT = 500;

export type EventKind = 'cut' | 'back' | 'gap' | 'skip' | 'stall' | 'note' | 'error';

type Row =
  | { readonly offset: number; readonly text: string; readonly at: Date }
  | { readonly event: EventKind; readonly text: string; readonly at: Date };

const list = element('list', HTMLUListElement);
const nothing = element('nothing', HTMLElement);
const note = element('list-note', HTMLElement);
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

let waiting: Row[] = [];
let rows = 0;
let frame = 0;

export function addMessage(offset: number, text: string): void {
  add({ offset, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text, at: new Date() });
}

export function addEvent(event: EventKind, text: string): void {
  add({ event, text, at: new Date() });
}

export function clearList(): void {
  waiting = [];
  rows = 0;
  list.replaceChildren();
  nothing.hidden = false;
  write(note, 'newest first');
}

function add(row: Row): void {
  waiting.push(row);
  rows += 1;
  // A hidden tab gets no frames: what would leave again is not kept.
  if (waiting.length > 2 * MAX_ROWS) waiting = waiting.slice(-MAX_ROWS);
  if (frame === 0) frame = requestAnimationFrame(render);
}

/** Puts what came since the last frame into the page. */
function render(): void {
  frame = 0;
  const fragment = document.createDocumentFragment();
  for (const row of waiting.slice(-MAX_ROWS).reverse()) fragment.append(rendered(row));
  waiting = [];
  // Who has scrolled down to read keeps the place; who is at the top sees the newest.
  const before = list.scrollHeight;
  const reading = list.scrollTop > 4;
  list.prepend(fragment);
  while (list.childElementCount > MAX_ROWS) list.lastElementChild?.remove();
  if (reading) list.scrollTop += list.scrollHeight - before;
  nothing.hidden = true;
  write(note, rows > MAX_ROWS ? 'newest first, the last 2,000 rows; all are counted above' : 'newest first');
}

function rendered(row: Row): HTMLLIElement {
  const item = document.createElement('li');
  item.className = 'row';
  if ('event' in row) {
    item.classList.add('event');
    item.dataset.event = row.event;
  } else {
    item.dataset.offset = `${row.offset}`;
    item.append(span('offset', `#${row.offset}`));
  }
  const time = document.createElement('time');
  time.dateTime = row.at.toISOString();
  time.textContent = clock.format(row.at);
  item.append(span('text', row.text), time);
  return item;
}

function span(className: string, text: string): HTMLSpanElement {
  const made = document.createElement('span');
  made.className = className;
  made.textContent = text;
  return made;
}
