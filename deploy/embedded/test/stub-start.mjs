// A supervisor process of its own, to be killed: data folder as argument, prints its pids when ready.
import { fileURLToPath } from 'node:url';

import { SERVICES, startDeployment } from '../dist/index.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const deployment = await startDeployment({
  dataDir: process.argv[2],
  root: here('.'),
  services: SERVICES.map((row) => ({ ...row, entry: 'stub-service.mjs' })),
  bootstrapEntry: here('stub-bootstrap.mjs'),
  createPersonEntry: here('stub-create-person.mjs'),
});
console.log(JSON.stringify(deployment.pids));
