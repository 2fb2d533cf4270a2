// The smallest area with everything in it, for the test of the whole way from contender to document.
import type { Area } from '../area.ts';

const add = (step: number) => ({
  add: {
    run: (times: number): number => {
      let sum = 0;
      for (let i = 0; i < times; i++) sum = (sum + i * step) % 1_000_003;
      return sum;
    },
  },
});

export const area: Area = {
  name: 'tiny',
  description: 'additions',
  module: import.meta.url,
  comparisons: [
    {
      id: 'adding',
      title: 'adding',
      figures: [
        { name: 'add', unit: 'ns/op', better: 'less' },
        {
          name: 'rate',
          unit: '1/s',
          better: 'more',
          derived: { from: 'add', value: (nanoseconds) => 1e9 / nanoseconds },
        },
      ],
      contenders: [
        { name: 'by one', start: () => add(1) },
        { name: 'by two', packageName: 'tinybench', start: () => add(2) },
        { name: 'by words', start: () => Promise.reject(new Error('words do not add up')) },
      ],
      findings: [
        { name: 'one against two', contender: 'by one', against: 'by two', figure: 'add', atMost: 1000 },
        { name: 'one against words', contender: 'by one', against: 'by words', figure: 'add', atMost: 1 },
        { name: 'one in a second', contender: 'by one', figure: 'add', atMost: 1e9 },
      ],
      inWords: (ratio) => [`The ratio was ${ratio('one against two') === undefined ? 'not ' : ''}measured.`],
    },
    {
      id: 'keeping',
      title: 'keeping',
      figures: [{ name: 'bytes', unit: 'B', better: 'less', timeless: true }],
      contenders: [
        {
          name: 'an array',
          async start() {
            const { bytesPer } = await import('../memory.ts');
            return { bytes: { measure: () => bytesPer(1_000_000, () => new Float64Array(1_000_000)) } };
          },
        },
      ],
      findings: [{ name: 'an element, bytes', contender: 'an array', figure: 'bytes', atMost: 9, atLeast: 7 }],
      fresh: true,
    },
  ],
};
