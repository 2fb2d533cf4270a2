// Adds up the reports of the test runs and prints `N passed, N failed, N skipped`; what never got to run counts as failed.
import { readFileSync } from 'node:fs';

const [crashed, ...reports] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const report of reports) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that did not load has failed without a single test.
    const unloaded = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    sum.passed += numPassedTests;
    sum.failed += numFailedTests + unloaded.length;
    sum.skipped += numPendingTests + numTodoTests;
  } catch (error) {
    process.stdout.write(`No counts in ${report}: ${error.message}\n`);
    sum.failed += 1;
  }
}
// A run that broke down, or one without a test, is a failure whatever the others say.
if (sum.failed === 0 && (crashed !== '0' || sum.passed === 0)) sum.failed = 1;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;
