// In the full run every property and every model is tried with many more histories than a quick run has time for.
import fc from 'fast-check';

fc.configureGlobal({ numRuns: 3_000 });
