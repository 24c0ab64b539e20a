import { defineConfig } from 'vitest/config';
import { MixedSequencer } from './tools/mixed-sequencer.mjs';

/**
 * One project for each level of test (docs/testing.md). Sources are used as they are: the condition
 * `@portcullis/source` points every workspace package at its `src`.
 */
// `import` must not be forced: packages with both forms would then answer a `require` with a module namespace.
const conditions = ['@portcullis/source', 'node'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@portcullis/source'] } },
  server: { watch: null },
};
const ignored = ['**/node_modules/**', '**/dist/**', '**/out-tsc/**'];

export default defineConfig({
  test: {
    sequence: { sequencer: MixedSequencer },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // Property tests run thousands of cases: on a busy machine they need more than the usual 5 s.
          testTimeout: 30_000,
          // Nothing here has state beyond its file; loading every module anew for each took half of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
          include: ['{libs,services,dashboard,sdk,deploy}/**/*.spec.{ts,tsx}', 'tools/**/*.spec.mjs'],
          exclude: [...ignored, '**/*.int.spec.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'int',
          sequence: { groupOrder: 1 },
          include: ['{libs,services,sdk,deploy,tools}/**/*.int.spec.ts'],
          exclude: ignored,
          globalSetup: ['libs/testing/src/vitest-engines.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // A file cleans up behind itself; loading every module anew for each was a third of the work.
          isolate: false,
          maxWorkers: 2,
        },
      },
      ...['faults', 'browser', 'e2e', 'conformance'].map((name) => ({
        ...shared,
        test: {
          name,
          sequence: { groupOrder: 2 },
          include: [`tests/${name}/**/*.${name === 'e2e' ? 'e2e' : name}.spec.ts`],
          exclude: ignored,
          globalSetup: ['deploy/embedded/prepare/vitest-build.mjs'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // A page that two deployments keep waiting is late, not wrong.
          expect: { poll: { timeout: 30_000 } },
          // Each file starts a whole deployment, and then mostly waits for it: two at a time keep two cores busy.
          maxWorkers: 2,
        },
      })),
    ],
  },
});
