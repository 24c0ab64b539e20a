import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { EngineError } from '../engine-error.js';
import type { Bootstrap } from './bootstrap.js';

const TIMEOUT_MS = 60_000;

/** Gives the owner of `bootstrap.json` an account with the password told there; one that exists keeps its own. */
export async function createPerson(
  { email, password, organizationId }: Bootstrap,
  script: { entry: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const child = spawn(process.execPath, [script.entry], {
    env: script.env,
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  // The password goes by a pipe: arguments and environments can be read by others.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ email, password, organizationId }));
  const [words, code] = await Promise.all([
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  if (code !== 0)
    throw new EngineError(`The owner's account could not be made: ${words.trim().split('\n').at(-1) ?? ''}`);
}
