import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles } from './import-cycles.ts';

const cyclesOf = (graph: Record<string, readonly string[]>): readonly (readonly string[])[] =>
  findCycles(new Map(Object.entries(graph))).map((cycle) => [...cycle].sort());

describe('findCycles', () => {
  it('finds none in a tree, also where two ways lead to one file', () => {
    expect(cyclesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([]);
  });

  it('finds each circle with its members only', () => {
    expect(cyclesOf({ a: ['b'], b: ['c'], c: ['b', 'd'], d: ['d'], e: ['a'] })).toEqual([['d'], ['b', 'c']]);
  });

  it('takes no notice of what is outside', () => {
    expect(cyclesOf({ a: ['outside'] })).toEqual([]);
  });

  it('finds a cycle exactly where a file reaches itself', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const anyGraph = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reaches = (from: string, seen = new Set<string>()): ReadonlySet<string> => {
          for (const next of graph[from] ?? []) if (!seen.has(next)) reaches(next, seen.add(next));
          return seen;
        };
        const inCycles = names.filter((name) => reaches(name).has(name));
        expect(cyclesOf(graph).flat().sort()).toEqual(inCycles);
      }),
    );
  });
});
