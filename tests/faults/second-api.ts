import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, throwawayFolder, until } from '@portcullis/testing';
import type { TestDeployment } from '../e2e/deployment.js';
import { LONG } from './whole-ledger.js';

const ENTRY = fileURLToPath(new URL('../../services/api/dist/main.js', import.meta.url));

/** Another replica of a deployment's API, set up as the first is but for where it listens. Linux only. */
export async function startSecondApi(
  portcullis: TestDeployment,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const folder = await throwawayFolder('api');
  const port = await freePort();
  const first = readFileSync(`/proc/${portcullis.pids['api']}/environ`, 'utf8').split('\0').filter(Boolean);
  const child = spawn(process.execPath, [ENTRY], {
    env: {
      ...Object.fromEntries(first.map((line) => line.split(/=(.*)/s, 2))),
      PORTCULLIS_API_PORT: String(port),
      PORTCULLIS_INTERNAL_LISTEN: `unix:${join(folder.path, 'api.sock')}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${url}/api/v1/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { ...LONG, describe: 'the second replica of the API to serve' },
  );
  return {
    url,
    stop: async () => {
      child.kill();
      await ended;
      await folder.remove();
    },
  };
}
