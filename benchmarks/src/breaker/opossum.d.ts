// The part of opossum 9 that the benchmarks use; it brings no types.
declare module 'opossum' {
  interface Options {
    readonly timeout?: number | false;
    readonly resetTimeout?: number;
    readonly errorThresholdPercentage?: number;
    readonly volumeThreshold?: number;
  }
  class CircuitBreaker<Value> {
    constructor(action: () => Promise<Value>, options?: Options);
    fire(): Promise<Value>;
    open(): void;
    readonly opened: boolean;
  }
  export = CircuitBreaker;
}
