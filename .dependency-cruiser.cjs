/** What eslint's module boundaries cannot say: cycles between files, and which files must stay pure. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or one of them knows too much.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-deciders',
      comment:
        'Deciding and evolving depend on nothing but contracts and eventing: no framework, no database, no I/O.',
      severity: 'error',
      from: { path: '\\.(decider|state|evolve)\\.ts$' },
      to: {
        path: 'node_modules/(@nestjs|typeorm|pg|kafkajs|@clickhouse|undici|fastify)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-io-in-deciders',
      comment: 'The same, for what Node itself offers.',
      severity: 'error',
      from: { path: '\\.(decider|state|evolve)\\.ts$' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|http|https|child_process|dgram|tls|dns|worker_threads)',
      },
    },
    {
      name: 'services-stand-alone',
      comment: 'Services talk over HTTP and the event log. What two of them need is a lib.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    },
    {
      name: 'nobody-imports-a-service',
      severity: 'error',
      from: { path: '^(libs|sdk|deploy|stdio-proxy|dashboard)/' },
      to: { path: '^services/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be followed is not checked either.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|out-tsc|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@portcullis/source', 'node', 'import', 'require', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
