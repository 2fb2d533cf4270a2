// The scoreboard: the verdict in one sentence and the four counts under it.
import { counted, digits, element, write } from './element.ts';
import { type TallyCount, type Verdict, verdictOf } from './tally.ts';

const board = element('board', HTMLElement);
const verdictText = element('verdict-text', HTMLElement);
const verdictIcon = element('verdict-icon', SVGUseElement);

const tiles = {
  received: tile('received'),
  inOrder: tile('in-order'),
  twice: tile('twice'),
  missing: tile('missing'),
};

function tile(name: string) {
  const root = element(`tile-${name}`, HTMLElement);
  const value = root.querySelector<HTMLElement>('[data-value]');
  if (value === null) throw new Error(`the tile ${name} has no value`);
  return { root, value, note: element(`${name}-note`, HTMLElement) };
}

const BETWEEN = ' · ';

type Tone = 'plain' | 'warn' | 'bad';

function show(
  { root, value, note }: ReturnType<typeof tile>,
  count: number,
  words: string,
  tone: Tone = 'plain',
): void {
  write(value, digits(count));
  value.dataset.value = `${count}`;
  write(note, words);
  root.dataset.tone = tone;
}

export function showScore(count: TallyCount): void {
  const verdict = verdictOf(count);
  if (board.dataset.verdict !== verdict) {
    board.dataset.verdict = verdict;
    verdictIcon.setAttribute('href', `#icon-${verdict}`);
  }
  showVerdict(sentence(verdict, count));
  const { received, inOrder, twice, missing, announced, pending, expected } = count;
  const late = received - inOrder;
  show(
    tiles.received,
    received,
    pending > 0 ? `of ${digits(expected)}, ${digits(pending)} to come` : `of ${digits(expected)}`,
  );
  show(tiles.inOrder, inOrder, late > 0 ? `${digits(late)} came late` : 'none late', late > 0 ? 'bad' : 'plain');
  show(tiles.twice, twice, twice > 0 ? 'delivered again' : 'none', twice > 0 ? 'bad' : 'plain');
  if (missing > 0) show(tiles.missing, missing + announced, `${digits(missing)} without a word`, 'bad');
  else if (announced > 0) show(tiles.missing, announced, 'all named by a gap', 'warn');
  else show(tiles.missing, 0, 'none');
}

/** A line may break between the parts of the sentence, not within one. */
function showVerdict(text: string): void {
  if (verdictText.textContent === text) return;
  const parts = text.split(BETWEEN).flatMap((part, index) => {
    const span = document.createElement('span');
    span.className = 'part';
    span.textContent = part;
    return index === 0 ? [span] : [BETWEEN, span];
  });
  verdictText.replaceChildren(...parts);
}

/** The verdict in words; also what a screen reader is told. */
export function sentence(
  verdict: Verdict,
  { received, inOrder, twice, missing, announced, expected }: TallyCount,
): string {
  const score = `${digits(received)} of ${digits(expected)}`;
  switch (verdict) {
    case 'empty':
      return 'Nothing published yet';
    case 'running':
      return announced > 0
        ? `${score} so far · ${digits(announced)} lost and named`
        : `${score} so far · in order · none twice`;
    case 'whole':
      return `${score} · in order · none twice`;
    case 'announced':
      return `${score} · ${digits(announced)} lost, and you were told which`;
    case 'broken': {
      const faults = [
        missing > 0 ? `${digits(missing)} missing` : '',
        inOrder < received ? `${counted(received - inOrder, 'message')} late` : '',
        twice > 0 ? `${digits(twice)} twice` : '',
      ];
      return `${score} · ${faults.filter((fault) => fault !== '').join(' · ')}`;
    }
  }
}
