import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  startDeployment,
  type Deployment,
  type DeploymentOptions,
} from '../src/supervisor/start-deployment.js';
import { SERVICES } from '../src/supervisor/service-table.js';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The real supervisor and engines with stand-ins for the services. */
export function startStubDeployment(options: DeploymentOptions): Promise<Deployment> {
  return startDeployment({
    root: here('.'),
    services: SERVICES.map((row) => ({ ...row, entry: 'stub-service.mjs' })),
    bootstrapEntry: here('stub-bootstrap.mjs'),
    createPersonEntry: here('stub-create-person.mjs'),
    ...options,
    env: {
      PATH: process.env['PATH'],
      PORTCULLIS_API_PORT: '0',
      PORTCULLIS_GATEWAY_PORT: '0',
      ...options.env,
    },
  });
}

export async function emptyDataFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-data-'));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
