// Writes what is derived from the sources: services/api/openapi.json and the dashboard's types of it,
// docs/configuration.md and docs/lens.md.
// Needs the build (`npm run build`). CI runs it and fails when a committed file differs.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { openApiTypes } from './openapi-types.mjs';

const root = new URL('../', import.meta.url);
const at = (path) => fileURLToPath(new URL(path, root));
const built = (path) => import(new URL(path, root).href);

await openApi();
await configuration();
await lens();

async function openApi() {
  const { openApiDocument } = await built('services/api/dist/openapi/openapi-document.js');
  const { ROUTES } = await built('services/api/dist/routes.js');
  const { VERSION } = await built('services/api/dist/version.js');
  const document = openApiDocument(ROUTES, VERSION);
  write('services/api/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
  write('dashboard/src/api/api-types.generated.ts', openApiTypes(document));
}

async function configuration() {
  const { processConfig } = await built('libs/service/dist/index.js');
  const services = {
    gateway: (await built('services/gateway/dist/gateway.config.js')).gatewayConfigSections,
    policy: (await built('services/policy/dist/policy.config.js')).policyConfigSections,
    audit: (await built('services/audit/dist/audit.config.js')).auditConfigSections,
    anomaly: (await built('services/anomaly/dist/anomaly.config.js')).anomalyConfigSections,
    notification: (await built('services/notification/dist/notification.config.js'))
      .notificationConfigSections,
    api: (await built('services/api/dist/api.config.js')).apiConfigSections,
  };
  const rows = new Map();
  for (const [service, sections] of Object.entries(services)) {
    for (const section of [processConfig, ...sections]) {
      for (const field of Object.values(section.fields)) {
        const row = rows.get(field.env) ?? { field, section: section.title, services: [] };
        row.services.push(service);
        rows.set(field.env, row);
      }
    }
  }
  const titles = [...new Set([...rows.values()].map((row) => row.section))];
  const parts = titles.map((title) => {
    const lines = [...rows.values()]
      .filter((row) => row.section === title)
      .map(
        ({ field, services: users }) =>
          `| \`${field.env}\` | ${users.length === Object.keys(services).length ? 'all' : users.join(', ')} | ${fallback(field)} | ${field.doc}${field.secret ? ' *Secret.*' : ''} |`,
      );
    return [
      `## ${title}`,
      '',
      '| Variable | Read by | Default | Meaning |',
      '| --- | --- | --- | --- |',
      ...lines,
    ].join('\n');
  });
  write(
    'docs/configuration.md',
    `# Configuration\n\nEvery setting is an environment variable; an empty one counts as unset. A service with a missing or wrong setting does not\nstart: it prints one line and exits with code 78. \`npm start\` sets what is not given. This page is generated from the\nconfiguration sections of the services (\`npm run generate\`).\n\n${parts.join('\n\n')}\n`,
  );
}

function fallback(field) {
  const parsed = field.schema.safeParse(undefined);
  if (!parsed.success) return '**required**';
  const value = parsed.data;
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}

async function lens() {
  const { FIELDS, LENS_LIMITS } = await built('libs/lens/dist/index.js');
  const rows = FIELDS.map(
    (field) =>
      `| \`${field.name}\` | ${field.type} | ${field.doc}${field.values ? ` One of ${field.values.map((value) => `\`${value}\``).join(', ')}.` : ''} |`,
  );
  write(
    'docs/lens.md',
    `# Lens

The query language over the audit history: a filter, then stages after \`|\`. Time is chosen beside the query.

\`\`\`
decision:deny tool:delete_* user:ana@example.com args.path:/etc/* | stats count() by connection, rule
\`\`\`

## Filter

| Write | Means |
| --- | --- |
| \`tool:search\` | the field has exactly this value; the first colon splits, so \`tool:github:create_issue\` is a value with a colon |
| \`tool:delete_*\` \`tool:*_row\` \`tool:*issue*\` | begins with, ends with, contains; a \`*\` inside a value is quoted or written as a pattern |
| \`tool:="a*b"\` \`tool:"a b"\` | exactly this text |
| \`tool:re:"^(drop\\|delete)_"\` | RE2 pattern, found anywhere in the value |
| \`latency_ms:>100\` \`latency_ms:[10 TO 50]\` | comparison; a range includes both ends |
| \`decision:(deny OR alert)\` | one of several |
| \`source_ip:10.0.0.0/8\` | addresses of a range |
| \`has:user\` | the field is present |
| \`args.path:/etc/*\` \`args."a b":x\` \`metadata.team:data\` | a path into the arguments, a key of the metadata |
| \`invoice\` \`"exact phrase"\` \`*part*\` | words of arguments, results and names, case-insensitive; a phrase; any part of the text (slow) |
| \`a b\` \`a AND b\` \`a OR b\` \`NOT a\` \`-a\` \`( )\` | adjacency is AND, which binds tighter than OR; keywords are capitals |

A field that is absent does not match, and its negation does.

## Stages

| Write | Means |
| --- | --- |
| \`\\| stats count(), p95(latency_ms) by tool, user\` | groups, largest first aggregate first |
| \`\\| timeseries count() by decision every 5m\` | over time; the step is chosen by the range unless given |
| \`\\| top 10 tool\` | the most frequent values |
| \`\\| sort latency_ms desc\` \`\\| sort count()\` | order of rows or groups |
| \`\\| limit 20\` | at most so many |
| \`\\| fields time, tool, args.path\` | columns |

Aggregates: \`count() uniq(f) sum(f) avg(f) min(f) max(f) p50(f) p95(f) p99(f) rate()\`; \`rate()\` is a second's average.

Bounds: ${LENS_LIMITS.characters} characters, ${LENS_LIMITS.depth} deep, ${LENS_LIMITS.terms} terms, ${LENS_LIMITS.stages} stages.

## Fields

| Field | Type | Meaning |
| --- | --- | --- |
${rows.join('\n')}

This page is generated from the field registry (\`npm run generate\`).
`,
  );
}

function write(path, text) {
  writeFileSync(at(path), text);
  console.log(`wrote ${path}`);
}
