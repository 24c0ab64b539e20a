import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { EngineError } from '../engine-error.js';
import type { DataFolder } from './data-folder.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** `bootstrap.json` (0600): what a script needs to talk to a deployment that has just been made. */
export interface Bootstrap {
  apiUrl: string;
  gatewayUrl: string;
  email: string;
  password: string;
  /** The owner's key, for REST. */
  apiKey: string;
  /** Scope `mcp` alone, for agents: the one in the snippets. */
  agentKey: string;
  organizationId: string;
}

export const BOOTSTRAP_FILE = 'bootstrap.json';
const CREATED = ['email', 'password', 'apiKey', 'agentKey', 'organizationId'] as const;

/** Creates organization, owner and keys on the first start; later only the addresses are brought up to date. */
export async function bootstrap(
  folder: DataFolder,
  addresses: Pick<Bootstrap, 'apiUrl' | 'gatewayUrl'>,
  script: { entry: string; env: NodeJS.ProcessEnv },
): Promise<Bootstrap> {
  const created = folder.readJson<Bootstrap>(BOOTSTRAP_FILE) ?? (await create(script));
  const value: Bootstrap = { ...created, ...addresses };
  folder.writeJson(BOOTSTRAP_FILE, value);
  return value;
}

async function create(script: {
  entry: string;
  env: NodeJS.ProcessEnv;
}): Promise<Omit<Bootstrap, 'apiUrl' | 'gatewayUrl'>> {
  let printed: string;
  try {
    printed = (await run(process.execPath, [script.entry], { env: script.env, timeout: TIMEOUT_MS })).stdout;
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    const words = stderr?.trim().split('\n').at(-1) || (cause as Error).message.split('\n')[0];
    throw new EngineError(`The first organization could not be created: ${words}`, { cause });
  }
  const line = printed.trim().split('\n').at(-1) ?? '';
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (CREATED.every((name) => typeof value[name] === 'string')) {
      return Object.fromEntries(CREATED.map((name) => [name, value[name]])) as Omit<
        Bootstrap,
        'apiUrl' | 'gatewayUrl'
      >;
    }
  } catch {
    // Told below; the text may hold keys, so it is not shown.
  }
  throw new EngineError(
    `There is an organization already, and ${BOOTSTRAP_FILE} with its keys is missing: restore that file, or start on an empty data folder.`,
  );
}
