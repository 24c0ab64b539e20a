#!/usr/bin/env node
// npm test. Nothing but node: built-ins until the dependencies are there. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildWhenChanged } from './deploy/embedded/prepare/build.mjs';
import { installWhenNeeded } from './deploy/embedded/prepare/install.mjs';
import { platformProblem, thisMachine } from './deploy/embedded/prepare/platform.mjs';
import { forbiddenSkips, summarize } from './deploy/embedded/prepare/test-summary.mjs';

const root = dirname(fileURLToPath(import.meta.url));
/** @param {string} line */
const say = (line) => console.log(`portcullis ${line}`);

/** @returns {Promise<number>} exit code */
async function test() {
  const problem = platformProblem(thisMachine());
  if (problem) throw new Error(problem);
  await installWhenNeeded(root, say);
  buildWhenChanged(root, say);
  await fetchKafka();

  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-test-'));
  const reportFile = join(scratch, 'report.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, PORTCULLIS_TEST_BUILT: 'true' },
    stdio: 'inherit',
  });
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : { testResults: [] };
  rmSync(scratch, { recursive: true });

  const summary = summarize(report, root);
  // Errors outside of any test fail the run too.
  if (status !== 0 && summary.failed === 0) summary.failed = 1;
  const allowed = JSON.parse(readFileSync(join(root, 'tests', 'allowed-skips.json'), 'utf8'));
  const forbidden = process.env.CI === 'true' ? forbiddenSkips(summary, allowed) : [];
  for (const name of forbidden)
    console.error(`Skipped without a reason in tests/allowed-skips.json: ${name}`);
  console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped.length} skipped`);
  return summary.failed > 0 || forbidden.length > 0 ? 1 : 0;
}

/** Before the tests, whose time limits do not allow for a download. */
async function fetchKafka() {
  const { kafkaClassPath } = await import('./libs/testing/dist/kafka/kafka-class-path.js');
  try {
    await kafkaClassPath();
  } catch (error) {
    say(`${error.message} They are SKIPPED in this run.`);
  }
}

test().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`portcullis: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  },
);
