// The one figure that all comparisons of guarded calls share.
import type { Figure } from '../frame/area.ts';

export const CALL = 'call';

export const callFigure: Figure = { name: CALL, unit: 'ns/op', better: 'less' };
