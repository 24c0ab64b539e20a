import { defineConfig } from 'vitest/config';

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
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // Property tests run thousands of cases: on a busy machine they need more than the usual 5 s.
          testTimeout: 30_000,
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
          maxWorkers: 2,
        },
      },
      ...['e2e', 'conformance', 'browser', 'faults'].map((name, index) => ({
        ...shared,
        test: {
          name,
          sequence: { groupOrder: 2 + index },
          include: [`tests/${name}/**/*.${name === 'e2e' ? 'e2e' : name}.spec.ts`],
          exclude: ignored,
          globalSetup: ['deploy/embedded/prepare/vitest-build.mjs'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file starts a whole deployment: one at a time keeps two cores usable.
          fileParallelism: false,
          maxWorkers: 1,
        },
      })),
    ],
  },
});
