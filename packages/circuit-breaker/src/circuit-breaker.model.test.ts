import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareHistory } from './testing/compare-history.ts';

it('says what the plain reference says, whatever the history', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      compareHistory(seed, 500, (message) => expect.fail(message));
    }),
  );
});
