// What a conformance case is: a name and a run that throws when the store does not keep its port's word.

export interface ConformanceCase<Harness, Option extends string> {
  readonly name: string;
  /** The options it is about; leave a case out only for a store that has no such option at all. */
  readonly uses: readonly Option[];
  /** Whether it holds also while replies fail, appends have an unknown outcome and tails have holes. */
  readonly faults: 'none' | 'any';
  /** @throws when the store does something else than the case's name says. */
  run(harness: Harness): Promise<void>;
}
