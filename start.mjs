#!/usr/bin/env node
// npm start. Nothing but node: built-ins until the dependencies are there.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HELP, parseArguments } from './deploy/embedded/prepare/arguments.mjs';
import { buildWhenChanged } from './deploy/embedded/prepare/build.mjs';
import { installWhenNeeded } from './deploy/embedded/prepare/install.mjs';
import { platformProblem, thisMachine } from './deploy/embedded/prepare/platform.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dim = process.stdout.isTTY
  ? (/** @type {string} */ text) => `\u001b[2m${text}\u001b[22m`
  : (/** @type {string} */ text) => text;
/** @param {string} line */
const say = (line) => console.log(`${dim('portcullis')} ${line}`);

/** @returns {Promise<number>} exit code */
async function start() {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const problem = platformProblem(thisMachine());
  if (problem) throw new Error(problem);
  await installWhenNeeded(root, say);
  buildWhenChanged(root, say);
  const { main } = await import('./deploy/embedded/dist/main.js');
  return main({ ...options, root, say });
}

start().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`portcullis: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  },
);
