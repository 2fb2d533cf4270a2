// Draws the last 30 s: a bar for each 100 ms, the times away shaded, a dashed line where the connection was cut
// and a solid one where it came back.
import { type RateRing, SLICES } from './rate-ring.ts';

const REDRAW_MS = 100;
/** For who asked for less motion the strip moves on in steps of a second. */
const CALM_REDRAW_MS = 1_000;
const TOP = 18;
const BOTTOM = 16;

export function startStripChart(canvas: HTMLCanvasElement, ring: RateRing): void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const step = (now: number): void => {
    if (now - drawnAt >= (calm.matches ? CALM_REDRAW_MS : REDRAW_MS)) {
      drawnAt = now;
      draw(canvas, pen, ring, performance.now());
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function draw(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D, ring: RateRing, nowMs: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name);
  const floor = height - BOTTOM;
  const slice = width / SLICES;
  const counts = ring.counts(nowMs);
  const peak = Math.max(10, ...counts);
  const marks = ring.marks(nowMs);

  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `12px ${style.fontFamily}`;

  pen.fillStyle = colour('--away');
  let away: number | undefined;
  for (const { mark, at } of [...marks, { mark: 'back' as const, at: SLICES }]) {
    if (mark === 'cut') away ??= at;
    else if (away !== undefined) {
      pen.fillRect(away * slice, TOP, (at - away) * slice, floor - TOP);
      away = undefined;
    }
  }

  for (const { mark, at } of marks) {
    if (at < 0) continue;
    const x = Math.round(at * slice) + 0.5;
    pen.strokeStyle = colour(mark === 'cut' ? '--bad' : '--ok');
    pen.lineWidth = 1.5;
    pen.setLineDash(mark === 'cut' ? [4, 3] : []);
    pen.beginPath();
    pen.moveTo(x, TOP - 4);
    pen.lineTo(x, floor);
    pen.stroke();
  }
  pen.setLineDash([]);

  pen.fillStyle = colour('--bar');
  counts.forEach((count, index) => {
    if (count === 0) return;
    const tall = Math.max(1.5, (count / peak) * (floor - TOP));
    pen.fillRect(index * slice, floor - tall, Math.max(1, slice - 0.75), tall);
  });

  pen.strokeStyle = colour('--edge');
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, floor + 0.5);
  pen.lineTo(width, floor + 0.5);
  pen.stroke();

  pen.fillStyle = colour('--muted');
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  pen.fillText(`${peak}`, 0, 1);
  pen.fillText('30 s ago', 0, floor + 4);
  pen.textAlign = 'right';
  pen.fillText('now', width, floor + 4);
}
