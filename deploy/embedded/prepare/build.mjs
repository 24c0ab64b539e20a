import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Compiles what changed since the last build; asks the compiler only when a source file, a tsconfig or a dependency
 * did. Throws an Error whose message is one line.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export function buildWhenChanged(root, say) {
  const projects = projectsOf(root);
  const stamp = join(root, 'node_modules', '.cache', 'portcullis', 'build');
  const state = fingerprint(root, projects);
  if (isBuilt(projects) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) {
    buildDashboardWhenChanged(root, say);
    return;
  }
  say('Building...');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-b', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The build failed: see the messages above.');
  buildDashboardWhenChanged(root, say);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
}

/**
 * Bundles the dashboard when its sources, or those of the libraries it runs in the browser, changed.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export function buildDashboardWhenChanged(root, say) {
  const folder = join(root, 'dashboard');
  const stamp = join(root, 'node_modules', '.cache', 'portcullis', 'dashboard');
  const state = digest(dashboardFiles(root));
  if (
    existsSync(join(folder, 'dist', 'index.html')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === state
  )
    return;
  say('Building the dashboard...');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // A test run sets another environment, and React is then bundled as its developers need it.
  const env = { ...process.env, NODE_ENV: 'production' };
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The build of the dashboard failed: see the messages above.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
}

/** @param {string} root @returns {string[]} */
function dashboardFiles(root) {
  const own = ['index.html', 'package.json', 'vite.config.ts'].map((name) => join(root, 'dashboard', name));
  const folders = [
    'dashboard/src',
    'dashboard/build',
    'dashboard/public',
    'libs/contracts/src',
    'libs/lens/src',
    'libs/policy-engine/src',
  ];
  return [
    join(root, 'package-lock.json'),
    ...own,
    ...folders.flatMap((folder) => filesBelow(join(root, folder))),
  ];
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} root @returns {string[]} folders of the projects, absolute */
function projectsOf(root) {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  return references.map((/** @type {{ path: string }} */ { path }) => dirname(join(root, path)));
}

/** @param {string[]} projects */
function isBuilt(projects) {
  return projects.every((folder) => existsSync(join(folder, 'dist', 'tsconfig.lib.tsbuildinfo')));
}

/** Name, size and time of everything that goes into the build. @param {string} root @param {string[]} projects */
function fingerprint(root, projects) {
  return digest([
    ...['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json'].map((name) => join(root, name)),
    ...projects.flatMap((folder) => [join(folder, 'tsconfig.lib.json'), join(folder, 'package.json')]),
    ...projects.flatMap((folder) => filesBelow(join(folder, 'src'))),
  ]);
}

/** @param {string[]} files */
function digest(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
