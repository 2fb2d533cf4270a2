import { expect, it } from 'vitest';
import { numberText, ratioText } from './number-text.ts';

it.each([
  [0, '0'],
  [1234.5, '1,230'],
  [12_345_678, '12.3 M'],
  [0.012345, '0.0123'],
  [0.000012345, '1.23e-5'],
  [1, '1'],
])('%d is written %s', (number, text) => {
  expect(numberText(number)).toBe(text);
});

it('writes a small ratio as a fraction too', () => {
  expect(ratioText(0.02)).toBe('0.02 (1/50)');
  expect(ratioText(0.5)).toBe('0.5');
});
