// npm run lint: ESLint with module boundaries, dependency-cruiser, proof that the boundaries are looked at, and Prettier.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../', import.meta.url));
process.chdir(root);
const BOUNDARIES = '@nx/enforce-module-boundaries';

// ESLint keeps one core busy for as long as the others take together on another.
const others = cruise().then(async (cruised) => [cruised, await formatted()]);
buildProjectGraph();
const problems = [...untagged(), ...(await plantedViolation())];
for (const problem of problems) console.error(problem);
const failed = [problems.length > 0, await lint()];
for (const { output, isFine } of await others) {
  if (output) console.log(output);
  failed.push(!isFine);
}
process.exit(failed.includes(true) ? 1 : 0);

/** Without this cache the boundary rule passes everything, with a warning. */
function buildProjectGraph() {
  const graph = '.nx/workspace-data/project-graph.json';
  rmSync(graph, { force: true });
  execFileSync(process.execPath, ['node_modules/nx/dist/bin/nx.js', 'show', 'projects'], {
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(graph)) throw new Error(`nx did not write ${graph}: module boundaries cannot be checked`);
}

/** A project without both tags is bound by nothing. */
function untagged() {
  const { nodes } = JSON.parse(readFileSync('.nx/workspace-data/project-graph.json', 'utf8'));
  return Object.values(nodes)
    .filter(({ data }) => data.root !== '.')
    .filter(
      ({ data }) =>
        !['type:', 'scope:'].every((kind) => (data.tags ?? []).some((tag) => tag.startsWith(kind))),
    )
    .map(({ name, data }) => `${data.root}/package.json: project ${name} needs a type: and a scope: tag`);
}

/** Imports that must be refused, in files that exist: a rule that lets these through checks nothing. */
async function plantedViolation() {
  const eslint = new ESLint();
  const planted = [
    ['libs/contracts/src/index.ts', "import '@portcullis/policy-engine';"],
    ['libs/eventing/src/index.ts', "import 'pg';"],
  ];
  const missed = [];
  for (const [filePath, code] of planted) {
    const [result] = await eslint.lintText(`${code}\n`, { filePath });
    if (!result?.messages.some(({ ruleId }) => ruleId === BOUNDARIES)) {
      missed.push(`${BOUNDARIES} does not refuse ${code} in ${filePath}: module boundaries are not checked`);
    }
  }
  return missed;
}

async function lint() {
  const eslint = new ESLint();
  const results = await eslint.lintFiles(['.']);
  const formatter = await eslint.loadFormatter('stylish');
  const text = await formatter.format(results);
  if (text) console.log(text);
  return results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
}

function cruise() {
  const folders = ['libs', 'services', 'dashboard', 'sdk', 'deploy', 'tests'];
  return run([
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    ...folders,
  ]);
}

/** What is ignored stands in .gitignore and .prettierignore. `npx prettier --write .` mends the rest. */
function formatted() {
  return run(['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '.']);
}

/** What a program says is told when it has ended, so that it does not mix with what others say. */
function run(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`.trim(), isFine: error === null });
    });
  });
}
