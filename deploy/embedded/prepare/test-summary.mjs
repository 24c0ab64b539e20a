import { relative } from 'node:path';

/**
 * @typedef {{ passed: number, failed: number, skipped: string[] }} TestSummary
 * @typedef {{ status: string, ancestorTitles: string[], title: string }} Assertion
 */

/**
 * Counts what vitest's JSON report says. A file that could not be run counts as one failure.
 * @param {{ testResults: { name: string, status: string, assertionResults: Assertion[] }[] }} report
 * @param {string} root
 * @returns {TestSummary}
 */
export function summarize(report, root) {
  const summary = { passed: 0, failed: 0, skipped: /** @type {string[]} */ ([]) };
  for (const file of report.testResults) {
    const failedBefore = summary.failed;
    for (const { status, ancestorTitles, title } of file.assertionResults) {
      if (status === 'passed') summary.passed += 1;
      else if (status === 'failed') summary.failed += 1;
      else summary.skipped.push([relative(root, file.name), ...ancestorTitles, title].join(' > '));
    }
    if (file.status === 'failed' && summary.failed === failedBefore) summary.failed += 1;
  }
  return summary;
}

/**
 * Skipped tests that no entry allows. An entry is a test's name, or the beginning of several followed by `*`.
 * @param {TestSummary} summary
 * @param {Record<string, string>} allowed name to reason
 */
export function forbiddenSkips({ skipped }, allowed) {
  const names = Object.keys(allowed).filter((name) => allowed[name]?.trim());
  const matches = (/** @type {string} */ test) =>
    names.some((name) => (name.endsWith('*') ? test.startsWith(name.slice(0, -1)) : test === name));
  return skipped.filter((test) => !matches(test));
}
