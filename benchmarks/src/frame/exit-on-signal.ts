// Ends the process at a signal by `process.exit`, so that what was made for the run is removed; by default Node removes nothing.

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Those of shells: 128 and the number of the signal. */
export function exitOnSignal(...signals: readonly (keyof typeof EXIT_CODES)[]): void {
  for (const signal of signals) process.on(signal, () => process.exit(EXIT_CODES[signal]));
}
