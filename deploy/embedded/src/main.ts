/** The supervisor as `npm start` runs it, in the process of start.mjs. */
import { startTimeOf } from '../prepare/process-lock.mjs';
import { EngineError } from './engine-error.js';
import { npmProcess } from './npm-process.js';
import { demoTraffic } from './supervisor/demo-traffic.js';
import { SAMPLE_SLUG } from './supervisor/register-sample.js';
import { snippets } from './supervisor/snippets.js';
import { startDeployment, type Deployment } from './supervisor/start-deployment.js';

export interface StartOptions {
  bare: boolean;
  demo: boolean;
  root: string;
  say: (line: string) => void;
}

const NPM_POLL_MS = 1_000;

/** Runs until a signal; answers the exit code. */
export async function main({ bare, demo, root, say }: StartOptions): Promise<number> {
  const started = Date.now();
  const stop = stopRequest();
  const starting = startDeployment({
    dataDir: process.env['PORTCULLIS_DATA_DIR'] || '.portcullis',
    bare,
    root,
    say,
    signal: stop.signal,
  });
  let deployment: Deployment;
  try {
    deployment = await starting;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    console.error(`portcullis: ${error instanceof EngineError ? error.message : String(error)}`);
    return 1;
  }
  say(`Ready in ${((Date.now() - started) / 1_000).toFixed(1)} s. Stop with Ctrl-C.`);
  introduce(deployment, bare);
  if (demo) {
    demoTraffic(deployment.bootstrap).then(
      (calls) => say(`Made ${calls} calls to look at.`),
      (error: unknown) => say(`The demo calls failed: ${(error as Error).message}`),
    );
  }
  const cause = await stop.requested;
  say(`Stopping (${cause})...`);
  await deployment.stop();
  say('Stopped.');
  return stop.failed() ? 1 : 0;
}

function introduce({ apiUrl, gatewayUrl, bootstrap, dataDir }: Deployment, bare: boolean): void {
  const lines = [
    '',
    `  Dashboard  ${apiUrl} (sign in as ${bootstrap.email}; the password is in bootstrap.json)`,
    `  API        ${apiUrl}/api/v1`,
    `  Gateway    ${gatewayUrl}/v1/mcp/{slug}`,
    `  Data       ${dataDir} (bootstrap.json has the owner's password and key for the API)`,
    '',
    snippets(bootstrap, bare ? 'your-connection' : SAMPLE_SLUG),
    '',
  ];
  console.log(lines.join('\n'));
}

/** Ctrl-C, SIGTERM, a closed terminal, a vanished npm, or an error nobody caught: whichever comes first. */
function stopRequest() {
  const controller = new AbortController();
  let failed = false;
  let request: (cause: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => {
    request = (cause) => {
      controller.abort();
      resolve(cause);
    };
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => request(signal));
  const fail = (error: unknown) => {
    console.error(`portcullis: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    failed = true;
    request('internal error');
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const npm = npmProcess();
  const npmStarted = npm === undefined ? undefined : startTimeOf(npm);
  if (npm !== undefined && npmStarted !== undefined) {
    setInterval(() => {
      if (startTimeOf(npm) !== npmStarted) request('npm has ended');
    }, NPM_POLL_MS).unref();
  }
  return { signal: controller.signal, requested, failed: () => failed };
}
