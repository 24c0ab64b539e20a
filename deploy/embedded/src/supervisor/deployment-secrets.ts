import { randomBytes } from 'node:crypto';

import type { DataFolder } from './data-folder.js';

/** Made on the first start and kept in `secrets.json` (0600): without the master key, sealed credentials are lost. */
export interface DeploymentSecrets {
  masterKey: string;
  internalToken: string;
  /** Signs login cookies. */
  loginSecret: string;
  postgresPassword: string;
  clickhousePassword: string;
}

const FILE = 'secrets.json';

export function deploymentSecrets(folder: DataFolder): DeploymentSecrets {
  const stored = folder.readJson<Partial<DeploymentSecrets>>(FILE);
  const made: DeploymentSecrets = {
    masterKey: randomBytes(32).toString('base64'),
    internalToken: randomBytes(32).toString('base64url'),
    postgresPassword: randomBytes(24).toString('base64url'),
    clickhousePassword: randomBytes(24).toString('base64url'),
    loginSecret: randomBytes(32).toString('base64url'),
    // A folder made by an earlier release lacks what came later.
    ...stored,
  };
  if (stored?.loginSecret === undefined) folder.writeJson(FILE, made);
  return made;
}
