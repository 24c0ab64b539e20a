// npm run build: compiles everything, and bundles the dashboard when it changed.
import { fileURLToPath } from 'node:url';

import { buildWhenChanged } from '../deploy/embedded/prepare/build.mjs';

try {
  buildWhenChanged(fileURLToPath(new URL('../', import.meta.url)), (line) => console.log(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
