import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const drivers = ['kafkajs', '@clickhouse/*', 'typeorm', 'pg'];
const frameworks = ['@nestjs/*', 'typeorm', 'kafkajs', '@clickhouse/*', 'pg'];
const constraint = (sourceTag, onlyDependOnLibsWithTags, bannedExternalImports) => ({
  sourceTag,
  onlyDependOnLibsWithTags,
  ...(bannedExternalImports ? { bannedExternalImports } : {}),
});

/** Dependencies go one way: contracts <- domain <- adapter <- platform <- service. docs/architecture.md shows the picture. */
const depConstraints = [
  constraint('type:contracts', ['type:contracts'], frameworks),
  constraint('type:domain', ['type:contracts', 'type:domain'], frameworks),
  constraint('type:adapter', ['type:contracts', 'type:domain', 'type:adapter']),
  constraint('type:platform', ['type:contracts', 'type:adapter'], drivers),
  constraint(
    'type:service',
    ['type:contracts', 'type:domain', 'type:adapter', 'type:platform'],
    ['kafkajs', '@clickhouse/*'],
  ),
  constraint('type:app', ['type:contracts', 'type:domain', 'type:sdk'], frameworks),
  constraint('type:sdk', ['type:contracts'], frameworks),
  // The engines stand apart: whoever uses them talks to them by URL.
  constraint('type:engine', ['type:engine'], ['kafkajs', '@clickhouse/*', 'typeorm', '@nestjs/*']),
  constraint('type:testing', ['type:contracts', 'type:domain', 'type:engine']),
  constraint('type:e2e', ['type:sdk', 'type:contracts', 'type:testing', 'type:domain', 'type:engine']),
  constraint('scope:eventlog', ['*'], ['kafkajs', '@clickhouse/*', 'typeorm']),
  constraint('scope:kafka', ['*'], ['@clickhouse/*', 'typeorm', 'pg']),
  constraint('scope:postgres', ['*'], ['kafkajs', '@clickhouse/*']),
  constraint('scope:clickhouse', ['*'], ['kafkajs', 'typeorm', 'pg']),
];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/node_modules', '.nx', '.portcullis', '**/*.generated.ts'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx,mjs}'],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Use named exports.' },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.ts'] } } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints },
      ],
    },
  },
  {
    // Specs and benches may use the testing lib and the engines it starts.
    files: ['**/*.spec.ts', '**/test/**/*.ts', '**/bench/**/*.ts', 'tests/**/*.ts', '**/*.contract.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    files: ['*.config.{ts,mjs}', '**/*.config.{ts,mjs}'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Command-line entry points speak to a person.
    files: [
      '*.mjs',
      '**/bench/**',
      'tools/**',
      'deploy/embedded/**',
      'tests/bench/**',
      '**/bootstrap.ts',
      '**/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
