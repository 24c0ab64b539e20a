import { fileURLToPath } from 'node:url';

import { buildWhenChanged } from './build.mjs';

/** Global setup of the test projects that start whole deployments: processes run what is built. */
export function setup() {
  buildWhenChanged(fileURLToPath(new URL('../../../', import.meta.url)), (line) => console.log(line));
}
