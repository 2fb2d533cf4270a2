// How a codec says that it cannot read a message.
import type { FrameProblem } from './data-frames.ts';

export function problem(reason: string): FrameProblem {
  return { t: 'problem', reason };
}
