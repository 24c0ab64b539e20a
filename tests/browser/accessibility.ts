import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
}

/** What axe finds wrong with the page as it is now, one line a finding; nothing of it is acceptable. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  // The page's own policy forbids scripts in it; the test's go around the page.
  await page.evaluate(`${source};0`);
  const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${help} at ${JSON.stringify(target)}. ${(failureSummary ?? '').replaceAll('\n', ' ')}`,
    ),
  );
}
